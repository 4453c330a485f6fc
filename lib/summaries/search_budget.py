"""Section 2.5: the update rules again, each at the learning rates that its own search chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from lib.experiments.config.search_budget import CRITERIA
from lib.experiments.paths import SEARCH_RANKED
from lib.experiments.search_budget import best_rate
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both
from lib.summaries.optimizers import add_measures, measure, results_table

CHOSEN_FOR = {"speed": both("速度", "speed"), "end": both("最终结果", "the end")}


def summarise(
    *,
    trials: pd.DataFrame,
    chosen: Mapping[tuple[str, str], float],
    losses: pd.DataFrame,
    epochs: pd.DataFrame,
    target_losses: Sequence[float],
) -> Summary:
    """``search_budget.CRITERION.*`` by optimiser.

    Parameters
    ----------
    trials : columns optimizer, seed, learning_rate, first_epoch_loss, val_accuracy: the search
    chosen : learning rate by optimizer and criterion
    losses, epochs : of the ranking on fresh seeds, as for section 2.5 with the further column criterion
    target_losses : as there

    Raises ValueError if a chosen rate is not the best of its trials.
    """
    summary = Summary()
    tables = []
    for criterion in CRITERIA:
        prefix = f"search_budget.{criterion}"
        rates = {optimizer: rate for (optimizer, of), rate in chosen.items() if of == criterion}
        loss, ranked = (runs[runs["criterion"] == criterion] for runs in (losses, epochs))
        names = add_measures(
            summary,
            prefix,
            SEARCH_RANKED.replace("{criterion}", criterion),
            measure(loss, ranked, target_losses),
            rates,
            {},
        )
        summary.facts[f"{prefix}.at_edge"] = []
        for name in names:
            own = trials[trials["optimizer"] == name]
            if best_rate(own, criterion) != rates[name]:
                raise ValueError(f"{name}: {rates[name]:g} is not the best rate of its search for the {criterion}")
            if rates[name] in (own["learning_rate"].min(), own["learning_rate"].max()):
                summary.facts[f"{prefix}.at_edge"].append(name)
        tables.append(results_table(summary, prefix, target_losses, {}))
    summary.add("search_budget.trials", len(trials) / max(1, trials["optimizer"].nunique()), "count")
    summary.tables["search_budget_results"] = Table(
        [Column("criterion", both("选择标准", "Rate for")), *tables[0].columns],
        [
            {"criterion": CHOSEN_FOR[criterion], **row}
            for criterion, table in zip(CRITERIA, tables, strict=True)
            for row in table.rows
        ],
        tuple(path for table in tables for path in table.source),
    )
    return summary
