"""Section 2.5: Adam in the order that the original printed, beside Adam."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib.experiments.paths import MNIST, MNIST_VARIANT, run_files
from lib.experiments.printed_adam import step_lengths
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both
from lib.summaries.columns import RUNS

RULES = {"adam": both("Adam", "Adam"), "adam_as_printed": both("原报告给出的 Adam", "Adam as printed")}
COLUMNS = (
    Column("rule", both("更新规则", "Update rule")),
    Column("first", both("第 1 步", "Step 1"), "ratio", 3),
    Column("second", both("第 2 步", "Step 2"), "ratio", 3),
    Column("tenth", both("第 10 步", "Step 10"), "ratio", 3),
    Column("test", both("MNIST 测试准确率", "Test accuracy on MNIST"), "percent", spread="spread"),
    RUNS,
)


def summarise(*, accuracies: Mapping[str, Mapping[int, float]], steps: int) -> Summary:
    """``printed_adam.*``.

    Parameters
    ----------
    accuracies : test accuracy on MNIST by rule (``adam``, ``adam_as_printed``) and seed
    steps : steps under a constant gradient
    """
    summary = Summary()
    patterns = {"adam": MNIST, "adam_as_printed": MNIST_VARIANT}
    lengths = {rule: step_lengths(rule, max(steps, 10)) for rule in RULES}
    for rule, key in (("adam_as_printed", "step_error"), ("adam", "step_error_real")):
        summary.add(f"printed_adam.{key}", float(np.abs(lengths[rule][:steps] - 1).max()), "error")
    rows = []
    runs = {rule: pd.Series(accuracies[rule]).sort_index() for rule in RULES}
    for rule, label in RULES.items():
        source = run_files(patterns[rule], runs[rule].index, "result.json", variant="printed")
        summary.add_runs(f"printed_adam.test_accuracy.{rule}", runs[rule], "percent", source=source)
        number = summary.numbers[f"printed_adam.test_accuracy.{rule}"]
        rows.append(
            {
                "rule": label,
                **dict(zip(("first", "second", "tenth"), lengths[rule][[0, 1, 9]].tolist(), strict=True)),
                "test": number.value,
                "spread": number.spread,
                "n": number.n,
            }
        )
    difference = 100 * (runs["adam_as_printed"] - runs["adam"]).dropna()
    sources = tuple(
        file
        for pattern in patterns.values()
        for file in run_files(pattern, difference.index, "result.json", variant="printed")
    )
    summary.add_runs("printed_adam.test_difference", difference, "points", source=sources)
    low, high = summary.numbers["printed_adam.test_difference"].interval or (-np.inf, np.inf)
    summary.facts["printed_adam.printed"] = "better" if low > 0 else "worse" if high < 0 else "undecided"
    summary.tables["printed_adam_results"] = Table(COLUMNS, rows, sources)
    return summary
