"""Section 2.5: four update rules on the same network and the same images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.experiments.paths import OPTIMIZER, SEARCH_RANKED, run_files
from lib.experiments.printed_adam import step_lengths
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both
from lib.summaries.columns import RUNS

LABELS = {
    "sgd": both("SGD", "SGD"),
    "sgd_momentum": both("SGD + 动量", "SGD with momentum"),
    "rmsprop": both("RMSProp", "RMSProp"),
    "adam": both("Adam", "Adam"),
    "adam_as_printed": both("原报告印出的 Adam", "Adam as printed"),
}
# Result, unit and whether more of it is better.
MEASURES = {
    "first_epoch_loss": ("loss", False),
    "final_loss": ("loss", False),
    "train_accuracy": ("percent", True),
    "val_accuracy": ("percent", True),
    "best_val_accuracy": ("percent", True),
    "iterations_to_loss": ("count", False),
}
RANKED = ("first_epoch_loss", "iterations_to_loss", "final_loss", "train_accuracy", "val_accuracy")
WINDOW = 20  # iterations of the running mean that has to reach the target loss
SHOWN_STEPS = (1, 2, 10)  # of the printed Adam, in the text
PANELS = ("final_loss", "train_accuracy", "val_accuracy")


def summarise(
    *,
    losses: pd.DataFrame,
    epochs: pd.DataFrame,
    settings: Mapping[str, Any],
    published: Mapping[str, Any],
    reference: Mapping[str, Any] | None = None,
) -> Summary:
    """Numbers, tables and facts of the section.

    Parameters
    ----------
    losses, epochs : loss.csv and epochs.csv of optimizers/{optimizer}/seed{seed}/, one below the other, with
        the columns ``optimizer`` and ``seed`` added
    settings : the section ``optimizers`` of the configuration
    published, reference : reference values by number id; none of the latter on sample data, which has no results to
        compare
    """
    reference = reference or {}
    summary = Summary()
    measured = measure(losses, epochs, settings["target_loss"])
    names = add_measures(summary, "optimizers", measured, settings["runs"], reference)
    rates = {name: float(settings["runs"][name]["learning_rate"]) for name in names}
    summary.facts["optimizers.original_rates"] = all(
        rates[name] == published.get(f"optimizers.learning_rate.{name}") for name in names
    )
    summary.facts["optimizers.referenced"] = [n for n in names if f"optimizers.val_accuracy.{n}" in reference]
    summary.add("optimizers.window", WINDOW, "count")
    _printed_order(summary)
    summary.tables["optimizer_results"] = results_table(summary, "optimizers", names, settings["runs"], reference)
    return summary


def add_measures(
    summary: Summary,
    prefix: str,
    measured: pd.DataFrame,
    runs: Mapping[str, Mapping[str, float]],
    reference: Mapping[str, Any],
) -> list[str]:
    """Numbers ``PREFIX.MEASURE.OPTIMISER``, rankings and leads of what :func:`measure` found; the names in order."""
    found = set(measured.index.get_level_values("optimizer"))
    if unnamed := sorted(found - set(LABELS)):
        raise ValueError(f"{unnamed[0]}: no label; give it one in LABELS of lib/summaries/optimizers.py")
    names = [name for name in LABELS if name in found]
    for name in names:
        own = measured.loc[name].sort_index()
        pattern = {"optimizers": OPTIMIZER, "search_budget": SEARCH_RANKED}[prefix]
        source = run_files(pattern, own.index, "loss.csv", "epochs.csv", optimizer=name)
        for column, (unit, _) in MEASURES.items():
            key = f"{prefix}.{column}.{name}"
            summary.add_runs(key, own[column], unit, source=source, reference=reference.get(key))
        summary.add(f"{prefix}.learning_rate.{name}", runs[name]["learning_rate"], "rate")
    summary.facts[f"{prefix}.names"] = names
    summary.facts[f"{prefix}.labels"] = {name: LABELS[name] for name in names}
    _rankings(summary, prefix, names, measured)
    return names


def measure(losses: pd.DataFrame, epochs: pd.DataFrame, target_loss: float) -> pd.DataFrame:
    """One row per optimiser and seed with the columns of ``MEASURES``.

    The losses are means over the iterations of the first and of the last epoch. ``iterations_to_loss`` is the first
    iteration at which the mean loss of the last :data:`WINDOW` is at most ``target_loss``, and one more than there
    are where that never happens.
    """
    rows = {}
    by_run = dict(list(losses.groupby(["optimizer", "seed"])))
    for pair, run in epochs.groupby(["optimizer", "seed"]):
        run, loss = run.sort_values("epoch"), by_run[pair].sort_values("iteration")["loss"].to_numpy(float)
        per_epoch = max(1, len(loss) // max(1, int(run["epoch"].max())))
        trained = run[run["epoch"] > 0]
        rows[pair] = {
            "first_epoch_loss": loss[:per_epoch].mean(),
            "final_loss": loss[-per_epoch:].mean(),
            "train_accuracy": run["train_accuracy"].iloc[-1],
            "val_accuracy": run["val_accuracy"].iloc[-1],
            "best_val_accuracy": trained["val_accuracy"].max(),
            "iterations_to_loss": iterations_to(loss, target_loss),
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(list(rows), names=["optimizer", "seed"])
    return table


def iterations_to(losses: np.ndarray, target: float) -> int:
    """First iteration, from 1, at which the running mean of ``losses`` (T,) is at most ``target``, else T + 1."""
    window = min(WINDOW, len(losses))
    means = np.convolve(losses, np.ones(window), mode="valid") / window
    reached = np.flatnonzero(means <= target)
    return int(reached[0]) + window if len(reached) else len(losses) + 1


def _decided(summary: Summary, key: str) -> bool:
    interval = summary.numbers[key].interval
    return interval is not None and not interval[0] <= 0 <= interval[1]


def _rankings(summary: Summary, prefix: str, names: Sequence[str], measured: pd.DataFrame) -> None:
    """Order the optimisers by each measure, and compare the first with the second, seed by seed."""
    for column in RANKED:
        unit, more_is_better = MEASURES[column]
        means = {name: summary.numbers[f"{prefix}.{column}.{name}"].value for name in names}

        def badness(name: str, means: dict[str, float] = means, sign: int = -1 if more_is_better else 1) -> float:
            return sign * means[name] if np.isfinite(means[name]) else np.inf  # a diverged run comes last

        ranking = sorted(names, key=badness)
        summary.facts[f"{prefix}.ranking.{column}"] = ranking
        summary.facts[f"{prefix}.decided.{column}"] = False
        if len(ranking) > 1:
            best, second = (measured.loc[name][column] for name in ranking[:2])
            seeds = best.index.intersection(second.index)
            factor = 100 if unit == "percent" else 1
            lead = factor * (best.loc[seeds] - second.loc[seeds])
            key = f"{prefix}.lead.{column}"
            summary.add_runs(key, lead, "points" if unit == "percent" else unit)
            summary.facts[f"{prefix}.decided.{column}"] = _decided(summary, key)
    panels = [summary.facts[f"{prefix}.ranking.{column}"] for column in PANELS]
    for key, place in (("best_on_all", 0), ("worst_on_all", -1)):
        same = {ranking[place] for ranking in panels}
        summary.facts[f"{prefix}.{key}"] = same.pop() if len(same) == 1 and len(names) > 1 else ""


def _printed_order(summary: Summary) -> None:
    """The first steps of the printed order of Adam under a constant gradient."""
    steps = step_lengths("adam_as_printed", SHOWN_STEPS[-1])
    for t in SHOWN_STEPS:
        summary.add(f"optimizers.printed_step.{t}", steps[t - 1], "percent")


def _measured(key: str, label: Mapping[str, str], unit: str) -> Column:
    """A column of means with their standard deviations."""
    return Column(key, label, unit, spread=f"{key}_spread")


def results_table(
    summary: Summary,
    prefix: str,
    names: Sequence[str],
    runs: Mapping[str, Mapping[str, float]],
    reference: Mapping[str, Any],
) -> Table:
    """One row per optimiser."""
    columns = [
        Column("optimizer", both("优化器", "Optimiser")),
        Column("learning_rate", both("学习率", "Learning rate"), "rate"),
        _measured("final_loss", both("末轮平均训练损失", "Mean loss of the last epoch"), "loss"),
        _measured("train_accuracy", both("末轮训练准确率", "Final training accuracy"), "percent"),
        _measured("val_accuracy", both("末轮验证准确率", "Final validation accuracy"), "percent"),
        _measured("best_val_accuracy", both("最佳验证准确率", "Best validation accuracy"), "percent"),
        Column("iterations_to_loss", both("达到目标损失的迭代次数", "Iterations to the target loss"), "count"),
        RUNS,
    ]
    if reference:
        columns.append(Column("reference", both("末轮验证准确率参考值", "Final validation, reference"), "percent", 1))
    rows = []
    sources: list[str] = []
    for name in names:
        row: dict[str, Any] = {
            "optimizer": LABELS[name],
            "learning_rate": runs[name]["learning_rate"],
        }
        for column in (*PANELS, "best_val_accuracy", "iterations_to_loss"):
            number = summary.numbers[f"{prefix}.{column}.{name}"]
            row[column] = number.value
            row[f"{column}_spread"] = number.spread
            row["n"] = number.n
        if reference:
            row["reference"] = reference.get(f"optimizers.val_accuracy.{name}")
        rows.append(row)
        sources += summary.numbers[f"{prefix}.val_accuracy.{name}"].source
    return Table(columns, rows, tuple(sources))
