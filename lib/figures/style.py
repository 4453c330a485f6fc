"""The look of every figure: one style sheet, one palette, one way to save.

Figures are made without pyplot, and saved so that equal input gives equal bytes: no dates or versions in the files,
identifiers in SVG from a fixed salt, text as outlines of the DejaVu Sans that matplotlib carries.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, ParamSpec

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator, PercentFormatter

WIDTH = 9.0  # inches, of every figure with axes
DPI = 100  # figure units: one pixel of a page that shows the figure at its natural width
PNG_DPI = 2 * DPI  # a whole multiple, so that image pixels stay exact, and sharp on dense screens

INK, MUTED, FAINT = "#222222", "#666666", "#d9d9d9"

# Okabe & Ito (2008), "Color universal design"; its yellow is too pale for lines on white.
BLACK, ORANGE, SKY, GREEN = "#000000", "#e69f00", "#56b4e9", "#009e73"
BLUE, VERMILLION, PURPLE = "#0072b2", "#d55e00", "#cc79a7"

COLORS: Mapping[str, str] = {
    "mlp": BLUE,
    "cnn": VERMILLION,
    "sgd": ORANGE,
    "sgd_momentum": SKY,
    "rmsprop": GREEN,
    "adam": PURPLE,
    "adam_as_printed": BLACK,
    "three": GREEN,
    "five": PURPLE,
}
LABELS: Mapping[str, str] = {
    "mlp": "MLP",
    "cnn": "CNN",
    "rgb": "RGB",
    "gray": "Gray",
    "sgd": "SGD",
    "sgd_momentum": "SGD + momentum",
    "rmsprop": "RMSProp",
    "adam": "Adam",
    "adam_as_printed": "Adam as printed",
    "three": "Three layers",
    "five": "Five layers",
}
LINESTYLES: Mapping[str, str] = {"rgb": "-", "gray": "--", "adam_as_printed": "--"}

RC: Mapping[str, Any] = {
    "figure.dpi": DPI,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlepad": 8,
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "lines.linewidth": 1.6,
    "lines.markersize": 5,
    "hatch.linewidth": 1.2,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "image.composite_image": False,  # merging images would resample them
    "svg.fonttype": "path",
    "svg.hashsalt": "figures",
    "path.simplify": False,
}

P = ParamSpec("P")


@contextmanager
def style() -> Iterator[None]:
    """The style sheet on top of matplotlib's defaults; a user's own matplotlibrc plays no part."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(RC)
        yield


def styled(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """Decorator: run a figure's function under the style sheet."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with style():
            return function(*args, **kwargs)

    return wrapper


def panels(
    count: int,
    *,
    titles: Sequence[str] = (),
    columns: int | None = None,
    height: float | None = None,
    **subplots: Any,
) -> tuple[Figure, list[Axes]]:
    """A figure of ``count`` axes side by side, or in rows of ``columns``; ``height`` in inches."""
    columns = columns or count
    rows = -(-count // columns)
    fig = Figure(figsize=(WIDTH, height or 3.2 * rows), layout="constrained")
    if isinstance(engine := fig.get_layout_engine(), ConstrainedLayoutEngine):
        engine.set(w_pad=0.08, h_pad=0.06, wspace=0.03, hspace=0.04)
    axes = list(fig.subplots(rows, columns, squeeze=False, **subplots).flat)
    for ax in axes[count:]:
        ax.remove()
    for ax, title in zip(axes, titles, strict=False):
        ax.set_title(title, loc="left")
    return fig, axes[:count]


def ordered(names: Iterable[str]) -> list[str]:
    """Names without repeats in the order of :data:`LABELS`, so that legends always read the same."""
    present = set(names)
    unknown = present - set(LABELS)
    if unknown:
        raise ValueError(f"no label and colour for {', '.join(sorted(unknown))}; known: {', '.join(LABELS)}")
    return [name for name in LABELS if name in present]


def band(
    ax: Axes,
    data: pd.DataFrame,
    *,
    x: str,
    y: str,
    label: str,
    color: Any,
    linestyle: str = "-",
    statistic: Literal["mean", "median"] = "mean",
    spread: tuple[float, float] = (0.0, 1.0),
    **line: Any,
) -> None:
    """One line over the runs of ``data`` (columns ``seed``, ``x``, ``y``), with a band between two quantiles.

    Values that are not finite are left out; runs that end in one are counted in the label as diverged.
    """
    runs = data.pivot(index=x, columns="seed", values=y).astype(float)
    runs = runs.where(np.isfinite(runs))
    diverged, total = int(runs.iloc[-1].isna().sum()), runs.shape[1]
    if diverged:
        label += " (diverged)" if total == 1 else f" ({diverged} of {total} diverged)"
    runs = runs.dropna(how="all")
    centre = runs.mean(axis=1) if statistic == "mean" else runs.median(axis=1)
    ax.plot(runs.index, centre, color=color, linestyle=linestyle, label=label, **line)
    if total > 1:
        low, high = (runs.quantile(q, axis=1) for q in spread)
        ax.fill_between(runs.index.to_numpy(), low, high, color=color, alpha=0.16, linewidth=0)


def bar(ax: Axes, position: float, values: Collection[float], *, width: float = 0.8, **patch: Any) -> None:
    """One upright bar: mean of the runs' fractions, printed above; error bar of one standard deviation for n > 1."""
    runs = np.asarray(list(values), dtype=float)
    runs = runs[np.isfinite(runs)]
    if not len(runs):
        ax.text(position, 0.01, "no result", ha="center", va="bottom", fontsize=8, color=MUTED, rotation=90)
        return
    mean, deviation = float(runs.mean()), float(runs.std(ddof=1)) if len(runs) > 1 else 0.0
    ax.bar(position, mean, width, **patch)
    if len(runs) > 1:
        ax.errorbar(position, mean, deviation, color=INK, capsize=3, linewidth=1)
    text = f"{mean:.2%}"
    ax.annotate(text, (position, mean + deviation), (0, 3), textcoords="offset points", ha="center", va="bottom")


def percent_axis(ax: Axes, which: Literal["x", "y"] = "y") -> None:
    """Print fractions as percents; margins do not run far beyond what a fraction can be."""
    axis = ax.yaxis if which == "y" else ax.xaxis
    axis.set_major_formatter(PercentFormatter(1, decimals=None))
    low, high = axis.get_view_interval()
    limits = max(low, -0.02), min(high, 1.02)
    if limits[0] < limits[1]:
        ax.set(**{f"{which}lim": limits})


def loss_axis(ax: Axes) -> None:
    """Logarithmic where the plotted lines span more than two decades, as after a divergence; else linear."""
    heights = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in ax.lines] or [np.zeros(0)])
    heights = heights[np.isfinite(heights) & (heights > 0)]
    if len(heights) and heights.max() > 100 * heights.min():
        ax.set_yscale("log")
    ax.set_ylabel("Loss (nats)")


def epoch_axis(*axes: Axes, label: str = "Epoch") -> None:
    """Whole numbers on the x axis."""
    for ax in axes:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
        ax.set_xlabel(label)


def legend_above(fig: Figure, ax: Axes, *, columns: int = 5, **options: Any) -> None:
    """One legend for the whole figure, above all axes, from the artists of ``ax``."""
    handles, labels = ax.get_legend_handles_labels()
    if handles:
        fig.legend(handles, labels, loc="outside upper center", ncols=min(columns, len(handles)), **options)


def note(fig: Figure, text: str) -> None:
    """A small line below the axes."""
    fig.supxlabel(text, x=0.99, ha="right", fontsize=8, color=MUTED)


def runs_note(
    fig: Figure, data: pd.DataFrame, by: str | None = None, *, drawn: str = "line: mean, band: minimum to maximum"
) -> None:
    """Say below the axes what lines and bands are, and over how many runs (by the column ``by`` where they differ)."""
    if by is None:
        counts = {"": data["seed"].nunique()}
    else:
        counts = {name: data.loc[data[by] == name, "seed"].nunique() for name in ordered(data[by])}
    if set(counts.values()) == {1}:
        note(fig, "one run" if len(counts) == 1 else "one run each")
    elif len(set(counts.values())) == 1:
        note(fig, f"{drawn} over {next(iter(counts.values()))} runs")
    else:
        listed = ", ".join(f"{LABELS[name]} {count}" for name, count in counts.items())
        note(fig, f"{drawn} over runs ({listed})")


def _settle(fig: Figure) -> None:
    """Compute the layout once and keep it: a second pass would start elsewhere, and PNG and SVG would differ."""
    engine = fig.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        fig.draw_without_rendering()
        fig.set_layout_engine("none")


def png_bytes(fig: Figure) -> bytes:
    """The figure as PNG, twice its natural size."""
    buffer = io.BytesIO()
    with style():
        _settle(fig)
        fig.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return buffer.getvalue()


def svg_bytes(fig: Figure) -> bytes:
    """The figure as SVG; images stay embedded losslessly, in their own pixels."""
    buffer = io.BytesIO()
    with style():
        _settle(fig)
        fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def save_figure(fig: Figure, png: Path | str, svg: Path | str) -> None:
    """Write both files; their folders must exist."""
    Path(png).write_bytes(png_bytes(fig))
    Path(svg).write_bytes(svg_bytes(fig))
