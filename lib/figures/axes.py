"""Axes, legends and notes that look the same in every figure."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from lib.figures.style import DPI, LABELS, MUTED, ordered, text_width


def _axis_of(ax: Axes, which: Literal["x", "y"]):
    return ax.xaxis if which == "x" else ax.yaxis


def percent_axis(ax: Axes, which: Literal["x", "y"] = "y") -> None:
    """Print fractions as percents; margins do not run far beyond what a fraction can be."""
    axis = _axis_of(ax, which)
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g}%"))
    low, high = axis.get_view_interval()
    limits = max(low, -0.02), min(high, 1.02)
    if limits[0] < limits[1]:
        ax.set(**{f"{which}lim": limits})


def accuracy_bars_axis(ax: Axes) -> None:
    """Upright bars of accuracies: from 0 to 100%, with room above for what stands on an interval that ends there."""
    ax.set_yticks(np.arange(0, 1.01, 0.2))
    percent_axis(ax)
    ax.set_ylim(0, 1.08)
    ax.tick_params(axis="x", length=0)
    ax.grid(False, axis="x")


def _say_empty(ax: Axes) -> None:
    ax.text(0.5, 0.5, "no finite value", transform=ax.transAxes, ha="center", va="center", color=MUTED)


def log_axis(ax: Axes, which: Literal["x", "y"], ticks: int = 12) -> None:
    """Logarithmic, labelled at powers of ten; over little more than a decade also between them.

    Without anything positive to draw, on these axes or on those that share the scale, the axis loses its ticks.
    """
    axis = _axis_of(ax, which)
    shared = ax.get_shared_x_axes() if which == "x" else ax.get_shared_y_axes()
    if not np.isfinite(min(_axis_of(other, which).get_minpos() for other in shared.get_siblings(ax))):
        axis.set_major_locator(NullLocator())
        if not ax.texts:
            _say_empty(ax)
        return
    ax.set(**{f"{which}scale": "log"})
    low, high = axis.get_view_interval()
    if high < 30 * low:
        narrow = high < 5 * low
        axis.set_major_locator(MaxNLocator(3) if narrow else LogLocator(subs=(1, 2, 5), numticks=ticks))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    else:
        axis.set_major_locator(LogLocator(numticks=ticks))
    if high > 1e5 * low:
        axis.set_minor_locator(NullLocator())  # too close together to tell apart
    axis.set_minor_formatter(NullFormatter())


def loss_axis(ax: Axes) -> None:
    """Logarithmic where the plotted lines span more than two decades, as after a divergence; else linear."""
    heights = np.concatenate([np.zeros(0)] + [np.asarray(line.get_ydata(), dtype=float) for line in ax.lines])
    positive = heights[np.isfinite(heights) & (heights > 0)]
    ax.set_ylabel("Loss (nats)")
    if not len(positive):
        ax.yaxis.set_major_locator(NullLocator())
        _say_empty(ax)
    elif positive.max() > 100 * positive.min():
        log_axis(ax, "y", ticks=8)


def epoch_axis(*axes: Axes, label: str = "Epoch") -> None:
    """Whole numbers on the x axis."""
    for ax in axes:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
        ax.set_xlabel(label)


def legend_above(fig: Figure, ax: Axes) -> None:
    """One legend for the whole figure, above all axes, from the artists of ``ax``; as many columns as fit."""
    handles, labels = ax.get_legend_handles_labels()
    if handles:
        entry = max(text_width(label, 9) for label in labels) + 64  # with the line before it and the space after
        columns = max(1, int(fig.get_figwidth() * DPI) // entry)
        fig.legend(handles, labels, loc="outside upper center", ncols=min(columns, len(handles)))


def note(fig: Figure, text: str) -> None:
    """A small line below the axes."""
    fig.supxlabel(text, x=0.99, ha="right", fontsize=8, color=MUTED)


def runs_note(
    fig: Figure,
    data: pd.DataFrame,
    by: str | None = None,
    *,
    drawn: str = "line: mean, band: minimum to maximum",
    before: str = "",
) -> None:
    """Say below the axes what is drawn and over how many runs, by the column ``by`` where they differ."""
    if by is None:
        counts = {"": data["seed"].nunique()}
    else:
        counts = {name: data.loc[data[by] == name, "seed"].nunique() for name in ordered(data[by])}
    if set(counts.values()) == {1}:
        text = "one run" if len(counts) == 1 else "one run each"
    elif len(set(counts.values())) == 1:
        text = f"{drawn} over {next(iter(counts.values()))} runs"
    else:
        listed = ", ".join(f"{LABELS[name]} {count}" for name, count in counts.items())
        text = f"{drawn} over runs ({listed})"
    note(fig, before + text)
