"""Figure of section 2.5: the update rules at the rates that their own searches chose."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.figures.axes import accuracy_bars_axis, legend_above, log_axis, note, percent_axis
from lib.figures.style import COLORS, LABELS, band, bar, ordered, panels, styled


def draw(trials: pd.DataFrame, chosen: Mapping[tuple[str, str], float], epochs: pd.DataFrame) -> dict[str, Figure]:
    """The study's figures by name."""
    return {"search_budget_rates": search_budget_rates(trials, chosen, epochs)}


@styled
def search_budget_rates(trials: pd.DataFrame, chosen: Mapping[tuple[str, str], float], epochs: pd.DataFrame) -> Figure:
    """Early loss and final accuracy against the learning rate, and on fresh seeds at the rate chosen for the end.

    Parameters
    ----------
    trials : columns ``optimizer``, ``seed``, ``learning_rate``, ``first_epoch_loss``, ``val_accuracy`` (fraction)
    chosen : learning rate by optimizer and criterion
    epochs : columns ``optimizer``, ``criterion``, ``seed``, ``epoch``, ``val_accuracy``: the ranking
    """
    titles = ("Search, for speed", "Search, for the end", "Fresh seeds, at the end")
    fig, (early, final, right) = panels(3, titles=titles, height=3.6)
    for ax, criterion, measure in ((early, "speed", "first_epoch_loss"), (final, "end", "val_accuracy")):
        for name in ordered(trials["optimizer"]):
            own = trials[trials["optimizer"] == name]
            band(ax, own, x="learning_rate", y=measure, label=LABELS[name], color=COLORS[name], count_diverged=False)
            rate = chosen[name, criterion]
            best = own.loc[own["learning_rate"] == rate, measure].mean()
            ax.plot(rate, best, marker="o", color=COLORS[name], markeredgecolor="white", markersize=8)
        log_axis(ax, "x")
        ax.set_xlabel("Learning rate")
    # Where training diverges the loss grows without end, and would flatten all that is of interest.
    slowest = trials.loc[trials["learning_rate"] == trials["learning_rate"].min(), "first_epoch_loss"].max()
    if np.isfinite(slowest):
        early.set_ylim(top=1.1 * slowest, bottom=0.95 * trials["first_epoch_loss"].min())
    early.set_ylabel("Loss of the first epoch (nats)")
    final.set_ylabel("Final validation accuracy")
    percent_axis(final)
    last = epochs[(epochs["epoch"] == epochs["epoch"].max()) & (epochs["criterion"] == "end")]
    names = ordered(last["optimizer"])
    for place, name in enumerate(names):
        bar(right, place, last.loc[last["optimizer"] == name, "val_accuracy"], color=COLORS[name])
    right.set_xticks(range(len(names)), [LABELS[name].replace(" + ", "\n+ ") for name in names])
    right.set_ylabel("Final validation accuracy")
    accuracy_bars_axis(right)
    legend_above(fig, early)
    note(fig, "search: mean and range over its seeds, dot: chosen; fresh seeds: mean and its 95% interval")
    return fig
