"""What figures of experiments with further models share: accuracies and histories of arms, side by side."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from lib.experiments.arm_results import ArmResults
from lib.figures.axes import accuracy_bars_axis, epoch_axis
from lib.figures.style import LABELS, band, bar

HATCHES = ("//", "..")
BAND = "line: mean, band: minimum to maximum over runs, where there are several"


def accuracy_bars(ax: Axes, groups: Mapping[str, Mapping[str, pd.Series]], colors: Mapping[str, str]) -> None:
    """Accuracies by group and bar; the first bar of a group is filled, the next ones are hatched."""
    ticks, labels = [], []
    for place, (group, values) in enumerate(groups.items()):
        for offset, (name, runs) in enumerate(values.items()):
            position = place * (len(values) + 0.6) + offset
            filled = {"color": colors[group]}
            hatched = {"facecolor": to_rgba(colors[group], 0.18), "edgecolor": colors[group]}
            patch = filled if offset == 0 else {**hatched, "hatch": HATCHES[offset - 1]}
            bar(ax, position, runs, width=0.86, **patch)
            ticks.append(position)
            labels.append(f"{LABELS.get(group, group)}\n{name}\nn = {len(runs)}")
    ax.set_xticks(ticks, labels)
    accuracy_bars_axis(ax)


def arm_lines(ax: Axes, results: ArmResults, column: str, arms: Mapping[str, tuple[str, str, str]]) -> None:
    """One line per arm of a history's column; values of ``arms`` are label, colour and line style."""
    for arm, (label, color, linestyle) in arms.items():
        table = results.table("history.csv", arm)
        band(ax, table, x="epoch", y=column, label=label, color=color, linestyle=linestyle)
    epoch_axis(ax)
