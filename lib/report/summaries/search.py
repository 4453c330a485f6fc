"""Section 2.5: the update rules again, each at the learning rate that its own search chose."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib.experiments.search import best_rate
from lib.report.summaries.optimizers import add_measures, measure, results_table
from lib.report.summary import Summary


def summarise(
    *,
    trials: pd.DataFrame,
    chosen: Mapping[str, Mapping[str, float]],
    losses: pd.DataFrame,
    epochs: pd.DataFrame,
    target_loss: float,
) -> Summary:
    """``search.*`` by optimiser.

    Parameters
    ----------
    trials : columns optimizer, seed, learning_rate, val_accuracy: the search
    chosen : by optimizer, ``learning_rate``
    losses, epochs : of the ranking on fresh seeds, as for section 2.5

    Raises ValueError if a chosen rate is not the best of its trials.
    """
    summary = Summary()
    names = add_measures(summary, "search", measure(losses, epochs, target_loss), chosen, {})
    edges = []
    for name in names:
        own = trials[trials["optimizer"] == name]
        if best_rate(own) != chosen[name]["learning_rate"]:
            raise ValueError(f"{name}: {chosen[name]['learning_rate']:g} is not the best rate of its search")
        if chosen[name]["learning_rate"] in (own["learning_rate"].min(), own["learning_rate"].max()):
            edges.append(name)
    summary.facts["search.at_edge"] = edges
    summary.add("search.trials", len(trials) / max(1, trials["optimizer"].nunique()), "count")
    summary.tables["search_results"] = results_table(summary, "search", names, chosen, {})
    return summary
