"""Figure of section 2.5: the update rules at the rates that their own searches chose."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from lib.figures.axes import legend_above, log_axis, note, percent_axis
from lib.figures.style import COLORS, LABELS, band, bar, ordered, panels, styled


def draw(trials: pd.DataFrame, chosen: Mapping[str, float], epochs: pd.DataFrame) -> dict[str, Figure]:
    """The study's figures by name."""
    return {"search_budget_rates": search_budget_rates(trials, chosen, epochs)}


@styled
def search_budget_rates(trials: pd.DataFrame, chosen: Mapping[str, float], epochs: pd.DataFrame) -> Figure:
    """Validation accuracy against the learning rate, and on fresh seeds at the rate that each search chose.

    Parameters
    ----------
    trials : columns ``optimizer``, ``seed``, ``learning_rate``, ``val_accuracy`` (fraction): the search
    chosen : learning rate by optimizer
    epochs : columns ``optimizer``, ``seed``, ``epoch``, ``val_accuracy``: the ranking
    """
    fig, (left, right) = panels(2, titles=("Search", "Fresh seeds, at the chosen rates"), height=3.6)
    for name in ordered(trials["optimizer"]):
        own = trials[trials["optimizer"] == name]
        band(left, own, x="learning_rate", y="val_accuracy", label=LABELS[name], color=COLORS[name])
        best = own.loc[own["learning_rate"] == chosen[name], "val_accuracy"].mean()
        left.plot(chosen[name], best, marker="o", color=COLORS[name], markeredgecolor="white", markersize=8)
    log_axis(left, "x")
    left.set(xlabel="Learning rate", ylabel="Final validation accuracy")
    percent_axis(left)
    last = epochs[epochs["epoch"] == epochs["epoch"].max()]
    names = ordered(last["optimizer"])
    for place, name in enumerate(names):
        bar(right, place, last.loc[last["optimizer"] == name, "val_accuracy"], color=COLORS[name])
    right.set_xticks(range(len(names)), [LABELS[name].replace(" + ", "\n+ ") for name in names])
    right.tick_params(axis="x", length=0)
    right.grid(False, axis="x")
    right.margins(y=0.15)
    right.set_ylabel("Final validation accuracy")
    percent_axis(right)
    legend_above(fig, left)
    note(fig, "left: mean and range over the seeds of the search, dot: chosen; right: mean and standard deviation")
    return fig
