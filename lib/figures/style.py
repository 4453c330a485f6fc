"""What the figures share: one palette, names, panels, bands and bars. They are made without pyplot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.textpath import TextPath

from lib.report.figures import DPI, INK, MUTED, styled
from lib.report.statistics import t_interval

__all__ = ["DPI", "INK", "MUTED", "styled"]

WIDTH = 9.0  # inches, of every figure with axes

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
ERROR_BARS = "error bar: 95% interval of the mean, where there are several runs"
LINESTYLES: Mapping[str, str] = {"rgb": "-", "gray": "--", "adam_as_printed": "--"}


def panels(
    count: int,
    *,
    titles: Sequence[str] = (),
    columns: int | None = None,
    width: float = WIDTH,
    height: float | None = None,
    **subplots: Any,
) -> tuple[Figure, list[Axes]]:
    """A figure of ``count`` axes side by side, or in rows of ``columns``; sizes in inches."""
    columns = columns or count
    rows = -(-count // columns)
    fig = Figure(figsize=(width, height or 3.2 * rows), layout="constrained")
    if isinstance(engine := fig.get_layout_engine(), ConstrainedLayoutEngine):
        engine.set(w_pad=0.08, h_pad=0.06, wspace=0.03, hspace=0.04)
    axes = list(fig.subplots(rows, columns, squeeze=False, **subplots).flat)
    for ax in axes[count:]:
        ax.remove()
    for ax, title in zip(axes, titles, strict=False):
        ax.set_title(title, loc="left")
    return fig, axes[:count]


def text_width(text: str, size: float) -> int:
    """Width in pixels of one line of text of ``size`` points; call it under the style sheet."""
    if not text.strip():
        return 0
    return int(np.ceil(TextPath((0, 0), text, size=size).get_extents().width * DPI / 72))


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
    count_diverged: bool = True,
    **line: Any,
) -> None:
    """One line over the runs of ``data`` (columns ``seed``, ``x``, ``y``), with a band between two quantiles.

    Values that are not finite are left out; runs that end in one are counted in the label as diverged, lest
    a mean over the others pass for one over all.
    """
    runs = data.pivot(index=x, columns="seed", values=y).astype(float)
    runs = runs.where(np.isfinite(runs))
    diverged, total = int(runs.iloc[-1].isna().sum()), runs.shape[1]
    if diverged and count_diverged:
        label += " (diverged)" if total == 1 else f" ({diverged} of {total} diverged)"
    runs = runs.dropna(how="all")
    centre = runs.mean(axis=1) if statistic == "mean" else runs.median(axis=1)
    marker = "o" if len(runs) == 1 else "None"  # a line of one point would not be seen
    ax.plot(runs.index, centre, color=color, linestyle=linestyle, label=label, marker=marker, **line)
    if total > 1:
        low, high = (runs.quantile(q, axis=1) for q in spread)
        ax.fill_between(runs.index.to_numpy(), low, high, color=color, alpha=0.16, linewidth=0)


def interval_of(values: Collection[float], bounds: tuple[float, float] = (0.0, 1.0)) -> tuple[float, float, float]:
    """Mean of the runs that have a result, and the ends of its 95% interval, cut off at ``bounds``.

    A single run has the mean for both ends; without a result all three are NaN.
    """
    runs = np.asarray(list(values), dtype=float)
    runs = runs[np.isfinite(runs)]
    if not len(runs):
        return np.nan, np.nan, np.nan
    mean = float(runs.mean())
    low, high = np.clip(t_interval(runs) or (mean, mean), *bounds)
    return mean, float(low), float(high)


def bar(
    ax: Axes,
    position: float,
    values: Collection[float],
    *,
    width: float = 0.8,
    shown: str = "{:.2%}",
    bounds: tuple[float, float] = (0.0, 1.0),
    **patch: Any,
) -> None:
    """One upright bar: mean of the runs, ``shown`` above it; see :data:`ERROR_BARS` for what stands on it."""
    mean, low, high = interval_of(values, bounds)
    if np.isnan(mean):
        ax.text(position, 0.01, "no result", ha="center", va="bottom", fontsize=8, color=MUTED, rotation=90)
        return
    ax.bar(position, mean, width, **patch)
    if len(values) > 1:
        ax.errorbar(position, mean, [[mean - low], [high - mean]], color=INK, capsize=3, linewidth=1)
    place = (position, max(high, 0.0))
    ax.annotate(shown.format(mean), place, (0, 3), textcoords="offset points", ha="center", va="bottom")
