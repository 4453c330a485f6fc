"""Section 2.5: four update rules on the same network and the same images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.experiments.paths import OPTIMIZER, run_files
from lib.experiments.printed_adam import step_lengths
from lib.nn.optim import adam, rmsprop, sgd_momentum
from lib.report.statistics import sign_test, t_interval
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both
from lib.summaries.columns import RUNS

LABELS = {
    "sgd": both("SGD", "SGD"),
    "sgd_momentum": both("SGD + 动量", "SGD with momentum"),
    "rmsprop": both("RMSProp", "RMSProp"),
    "adam": both("Adam", "Adam"),
    "adam_as_printed": both("原报告给出的 Adam", "Adam as printed"),
}
# Result, unit and whether more of it is better.
MEASURES = {
    "first_epoch_loss": ("loss", False),
    "final_loss": ("loss", False),
    "train_accuracy": ("percent", True),
    "val_accuracy": ("percent", True),
    "best_val_accuracy": ("percent", True),
    "iterations_to_loss_1": ("count", False),
    "iterations_to_loss_2": ("count", False),
    "iterations_to_loss_3": ("count", False),
}
WINDOW = 20  # iterations of the running mean that has to reach the target loss
SHOWN_STEPS = (1, 2, 10)  # of the printed Adam, in the text
PANELS = ("final_loss", "train_accuracy", "val_accuracy")


def _constants() -> dict[str, float]:
    """What the update rules set where nothing is said, but for their learning rates."""
    found: dict[str, float] = {}
    for rule in (sgd_momentum, rmsprop, adam):
        _, config = rule(np.zeros(1), np.zeros(1))
        found |= {name: value for name, value in config.items() if isinstance(value, float) and name != "learning_rate"}
    return found


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
    measured = measure(losses, epochs, settings["target_losses"])
    rates = {name: float(run["learning_rate"]) for name, run in settings["runs"].items()}
    names = add_measures(summary, "optimizers", OPTIMIZER, measured, rates, reference)
    summary.facts["optimizers.original_rates"] = all(
        rates[name] == published.get(f"optimizers.learning_rate.{name}") for name in names
    )
    summary.facts["optimizers.referenced"] = [n for n in names if f"optimizers.val_accuracy.{n}" in reference]
    summary.add("optimizers.window", WINDOW, "count")
    for name, value in _constants().items():
        summary.add(f"optimizers.constant.{name}", value, "rate")
    _printed_order(summary)
    summary.tables["optimizer_results"] = results_table(summary, "optimizers", settings["target_losses"], reference)
    return summary


def add_measures(
    summary: Summary,
    prefix: str,
    pattern: str,
    measured: pd.DataFrame,
    rates: Mapping[str, float],
    reference: Mapping[str, Any],
) -> list[str]:
    """Numbers ``PREFIX.MEASURE.OPTIMISER``, rankings and leads of what :func:`measure` found; the names in order.

    ``pattern`` is where the runs lie, and ``rates`` are the learning rates, by optimiser.
    """
    found = set(measured.index.get_level_values("optimizer"))
    if unnamed := sorted(found - set(LABELS)):
        raise ValueError(f"{unnamed[0]}: no label; give it one in LABELS of lib/summaries/optimizers.py")
    names = [name for name in LABELS if name in found]
    for name in names:
        own = measured.loc[name].sort_index()
        source = run_files(pattern, own.index, "loss.csv", "epochs.csv", optimizer=name)
        for column, (unit, _) in MEASURES.items():
            key = f"{prefix}.{column}.{name}"
            summary.add_runs(key, own[column], unit, source=source, reference=reference.get(key))
        summary.add(f"{prefix}.learning_rate.{name}", rates[name], "rate")
    summary.facts[f"{prefix}.names"] = names
    summary.facts[f"{prefix}.labels"] = {name: LABELS[name] for name in names}
    _rankings(summary, prefix, names, measured)
    return names


def measure(losses: pd.DataFrame, epochs: pd.DataFrame, target_losses: Sequence[float]) -> pd.DataFrame:
    """One row per optimiser and seed with the columns of ``MEASURES``.

    The losses are means over the iterations of the first and of the last epoch. ``iterations_to_loss_1`` and those
    after it are as :func:`iterations_to` counts them, for each of the ``target_losses``.
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
            **{f"iterations_to_loss_{k}": iterations_to(loss, target) for k, target in enumerate(target_losses, 1)},
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(list(rows), names=["optimizer", "seed"])
    return table


def iterations_to(losses: np.ndarray, target: float) -> float:
    """First iteration, from 1, at which the mean of the last :data:`WINDOW` ``losses`` (T,) is at most ``target``.

    Infinity where training ends before that: how many more it would take is not known.
    """
    window = min(WINDOW, len(losses))
    means = np.convolve(losses, np.ones(window), mode="valid") / window
    reached = np.flatnonzero(means <= target)
    return float(reached[0] + window) if len(reached) else np.inf


def _rankings(summary: Summary, prefix: str, names: Sequence[str], measured: pd.DataFrame) -> None:
    """Order the optimisers by the mean of each measure, and say who is first, who last, and what order is sure.

    ``first`` is the first by the mean only if it is better than each other (:func:`_is_better`), ``last`` likewise;
    else they are empty. ``tiers`` are the groups of :func:`_tiers`. ``lead`` is by how much the first by the mean is
    better than the second, seed by seed, and ``compared`` whether that has an interval.
    """
    for column, (unit, more_is_better) in MEASURES.items():
        sign = 1 if more_is_better else -1
        scale, unit = (100, "points") if unit == "percent" else (1, unit)
        goodness = sign * scale * measured[column]
        # A run that diverged, or never got there, is worse than any other.
        goodness = goodness.where(np.isfinite(goodness), -np.inf)
        ranking = sorted(names, key=lambda name: -goodness.loc[name].mean())
        best, worst = ranking[0], ranking[-1]
        first = len(names) > 1 and all(_is_better(_lead(goodness, best, other)) for other in ranking[1:])
        last = len(names) > 1 and all(_is_better(_lead(goodness, other, worst)) for other in ranking[:-1])
        summary.facts[f"{prefix}.ranking.{column}"] = ranking
        summary.facts[f"{prefix}.tiers.{column}"] = _tiers(goodness, ranking)
        summary.facts[f"{prefix}.first.{column}"] = best if first else ""
        summary.facts[f"{prefix}.last.{column}"] = worst if last else ""
        summary.facts[f"{prefix}.compared.{column}"] = False
        if len(names) > 1:
            lead = _lead(goodness, best, ranking[1])
            summary.add_runs(f"{prefix}.lead.{column}", lead, unit)
            summary.facts[f"{prefix}.compared.{column}"] = len(lead) > 1 and bool(np.isfinite(lead).all())
    for place in ("first", "last"):
        same = {summary.facts[f"{prefix}.{place}.{column}"] for column in PANELS}
        summary.facts[f"{prefix}.{place}_on_all"] = same.pop() if len(same) == 1 else ""


def _lead(goodness: pd.Series, one: str, other: str) -> pd.Series:
    """By how much one is better, seed by seed; NaN where neither has a finite value."""
    with np.errstate(invalid="ignore"):
        lead = goodness.loc[one] - goodness.loc[other]
    return lead.loc[goodness.loc[one].index.intersection(goodness.loc[other].index)]


def _is_better(lead: pd.Series) -> bool:
    """Whether the interval of the mean lead lies above zero; where runs lack a value, as claims are decided then."""
    known = lead.dropna().to_numpy(float)
    if np.isfinite(known).all():
        interval = t_interval(known)
        return interval is not None and interval[0] > 0
    return sign_test(int((known > 0).sum()), len(known))[1][0] > 0.5


def _tiers(goodness: pd.Series, ranking: Sequence[str]) -> list[list[str]]:
    """The ranking in groups, each of whose members is better than every member of those that follow.

    Within a group no such cut is sure, so its members are told in the order of the ranking and without an order.
    """
    tiers = [[ranking[0]]]
    for place, name in enumerate(ranking[1:], 1):
        pairs = ((above, below) for above in ranking[:place] for below in ranking[place:])
        if all(_is_better(_lead(goodness, above, below)) for above, below in pairs):
            tiers.append([name])
        else:
            tiers[-1].append(name)
    return tiers


def _printed_order(summary: Summary) -> None:
    """The first steps of the printed order of Adam under a constant gradient."""
    steps = step_lengths("adam_as_printed", SHOWN_STEPS[-1])
    for t in SHOWN_STEPS:
        summary.add(f"optimizers.printed_step.{t}", steps[t - 1], "percent")


def _measured(key: str, label: Mapping[str, str], unit: str, digits: int) -> Column:
    """A column of means with their standard deviations."""
    return Column(key, label, unit, digits, f"{key}_spread")


def results_table(summary: Summary, prefix: str, target_losses: Sequence[float], reference: Mapping[str, Any]) -> Table:
    """One row per optimiser, from the numbers and facts of :func:`add_measures`."""
    columns = [
        Column("optimizer", both("优化器", "Optimiser")),
        Column("learning_rate", both("学习率", "Learning rate"), "rate"),
        _measured("first_epoch_loss", both("首轮损失", "Loss, first epoch"), "loss", 2),
        _measured("final_loss", both("末轮损失", "Loss, last epoch"), "loss", 2),
        _measured("train_accuracy", both("训练准确率", "Training"), "percent", 1),
        _measured("val_accuracy", both("验证准确率", "Validation"), "percent", 1),
        *(
            Column(
                f"iterations_to_loss_{k}",
                both(f"损失降到 {target:g} 的迭代次数", f"Steps to {target:g}"),
                "count",
            )
            for k, target in enumerate(target_losses, 1)
        ),
        RUNS,
    ]
    if reference:
        columns.append(Column("reference", both("验证准确率参考值", "Validation, reference"), "percent", 1))
    rows = []
    sources: list[str] = []
    for name in summary.facts[f"{prefix}.names"]:
        row: dict[str, Any] = {
            "optimizer": LABELS[name],
            "learning_rate": summary.numbers[f"{prefix}.learning_rate.{name}"].value,
        }
        for column in MEASURES:
            number = summary.numbers[f"{prefix}.{column}.{name}"]
            row[column] = number.value
            row[f"{column}_spread"] = number.spread
            row["n"] = number.n
        if reference:
            row["reference"] = reference.get(f"optimizers.val_accuracy.{name}")
        rows.append(row)
        sources += summary.numbers[f"{prefix}.val_accuracy.{name}"].source
    return Table(columns, rows, tuple(sources))
