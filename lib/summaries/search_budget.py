"""Section 2.5: the update rules again, each at the learning rate that its own search chose."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib.experiments.search_budget import best_rate
from lib.report.summary import Summary
from lib.summaries.optimizers import add_measures, measure, results_table


def summarise(
    *,
    trials: pd.DataFrame,
    chosen: Mapping[str, Mapping[str, float]],
    losses: pd.DataFrame,
    epochs: pd.DataFrame,
    target_loss: float,
) -> Summary:
    """``search_budget.*`` by optimiser.

    Parameters
    ----------
    trials : columns optimizer, seed, learning_rate, val_accuracy: the search
    chosen : by optimizer, ``learning_rate``
    losses, epochs : of the ranking on fresh seeds, as for section 2.5

    Raises ValueError if a chosen rate is not the best of its trials.
    """
    summary = Summary()
    names = add_measures(summary, "search_budget", measure(losses, epochs, target_loss), chosen, {})
    edges = []
    for name in names:
        own = trials[trials["optimizer"] == name]
        if best_rate(own) != chosen[name]["learning_rate"]:
            raise ValueError(f"{name}: {chosen[name]['learning_rate']:g} is not the best rate of its search")
        if chosen[name]["learning_rate"] in (own["learning_rate"].min(), own["learning_rate"].max()):
            edges.append(name)
    summary.facts["search_budget.at_edge"] = edges
    summary.add("search_budget.trials", len(trials) / max(1, trials["optimizer"].nunique()), "count")
    summary.tables["search_budget_results"] = results_table(summary, "search_budget", names, chosen, {})
    return summary
