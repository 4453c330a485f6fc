"""Confusion matrices, as counts and as drawings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LinearSegmentedColormap, PowerNorm, to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lib.figures.style import BLUE, INK

# Transparent where there is nothing, so that it is pale on a light page and dark on a dark one.
SHARES = LinearSegmentedColormap.from_list("shares", [to_rgba(BLUE, 0.04), to_rgba(BLUE, 1)])

Predictions = Mapping[str, np.ndarray]  # scores (N, K), labels (N,)


def confusion_counts(runs: Sequence[Predictions], classes: int) -> np.ndarray:
    """(K, K) counts, true classes in rows, predicted ones in columns, averaged over ``runs``."""
    if not runs:
        raise ValueError("no predictions to count")
    total = np.zeros((classes, classes))
    for run in runs:
        np.add.at(total, (run["labels"].astype(int), run["scores"].argmax(axis=1)), 1)
    return total / len(runs)


def count_text(count: float) -> str:
    """A mean count as short text: nothing for zero, ``<1`` below one."""
    if count == 0:
        return ""
    return "<1" if count < 1 else f"{count:.0f}"


def draw_confusion(ax: Axes, counts: np.ndarray, class_names: Sequence[str], *, fontsize: float = 8) -> QuadMesh:
    """One matrix, returned for a colour bar: colour is the share of the row (of the true class), text the count.

    Colours grow with the square root of the share, since errors are what the picture is for.
    """
    rows = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, rows, out=np.zeros_like(counts), where=rows > 0)
    norm = PowerNorm(0.5, vmin=0, vmax=1)
    size = len(class_names)
    edges = np.arange(size + 1) - 0.5
    mesh = ax.pcolormesh(edges, edges, shares, cmap=SHARES, norm=norm, edgecolors="white", linewidth=0.8)
    for (row, column), count in np.ndenumerate(counts):
        color = "white" if norm(shares[row, column]) > 0.85 else INK
        ax.text(column, row, count_text(count), ha="center", va="center", fontsize=fontsize, color=color)
    slanted = max(len(name) for name in class_names) > 2
    ax.set_xticks(range(size), class_names, rotation=45 if slanted else 0, ha="right" if slanted else "center")
    if slanted:
        for label in ax.get_xticklabels():
            label.set_rotation_mode("anchor")
    ax.set_yticks(range(size), class_names)
    ax.tick_params(length=0)
    ax.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), aspect="equal")
    ax.set(xlabel="Predicted class", ylabel="True class")
    ax.grid(False)
    ax.spines[:].set_visible(False)
    return mesh


def share_bar(fig: Figure, mesh: QuadMesh, axes: Sequence[Axes]) -> None:
    """The colour bar of matrices side by side."""
    bar = fig.colorbar(mesh, ax=list(axes), shrink=0.7, aspect=30, pad=0.02, ticks=[0, 0.05, 0.2, 0.5, 1])
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    bar.set_label("Share of the true class")
    bar.outline.set_visible(False)
