"""Section 2.7: what batch norm is worth to the MLP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.experiments.arm_results import ArmResults
from lib.summaries.comparisons import add_accuracy, add_difference
from lib.summaries.classification import both
from lib.report.summary import Column, Summary, Table

ROWS = {"mlp-rgb": both("有批归一化", "with batch norm"), "plain_mlp": both("无批归一化", "without")}
COLUMNS = (
    Column("model", both("模型", "Model")),
    Column("test", both("测试准确率", "Test accuracy"), "percent"),
    Column("n", both("次数 n", "Runs n"), "count"),
)


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``normalisation.*`` of ``plain_mlp`` beside ``mlp-rgb``."""
    summary = Summary()
    rows = []
    for arm, label in ROWS.items():
        tested = add_accuracy(summary, f"normalisation.test_accuracy.{arm}", results, arm)
        rows.append({"model": label, "test": tested.value, "n": tested.n})
    add_difference(summary, "normalisation.gain", results, "mlp-rgb", "plain_mlp")
    summary.tables["normalisation_results"] = Table(COLUMNS, rows, results.sources("test.npz", *ROWS))
    return summary
