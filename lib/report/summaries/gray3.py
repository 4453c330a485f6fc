"""Section 2.8: whether the MLP's smaller input explains its loss, by gray images with three equal channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.experiments.arm_results import ArmResults
from lib.report.summaries.arms import add_accuracy, add_difference
from lib.report.summaries.classification import both
from lib.report.summary import Column, Summary, Table

ARMS = {"rgb": "mlp-rgb", "gray": "mlp-gray", "gray3": "gray3_mlp"}
LABELS = {
    "rgb": both("彩色", "colour"),
    "gray": both("灰度，一个通道", "gray, one channel"),
    "gray3": both("灰度，三个相同通道", "gray, three equal channels"),
}
COLUMNS = (
    Column("images", both("图像", "Images")),
    Column("inputs", both("输入个数", "Inputs"), "count"),
    Column("test", both("测试准确率", "Test accuracy"), "percent", spread="spread"),
    Column("n", both("次数 n", "Runs n"), "count"),
)


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``gray3.gain`` (three channels less one) and ``gray3.still_lost`` (colour less three), in points by seed."""
    summary = Summary()
    rows = []
    for name, arm in ARMS.items():
        tested = add_accuracy(summary, f"gray3.test_accuracy.{name}", results, arm)
        first = results.read(arm, "weights.npz", results.seeds(arm, "weights.npz")[0])["layers.1.weight"]
        rows.append(
            {
                "images": LABELS[name],
                "inputs": first.shape[1],
                "test": tested.value,
                "spread": tested.spread,
                "n": tested.n,
            }
        )
    add_difference(summary, "gray3.gain", results, ARMS["gray3"], ARMS["gray"])
    add_difference(summary, "gray3.still_lost", results, ARMS["rgb"], ARMS["gray3"])
    summary.tables["gray3_results"] = Table(COLUMNS, rows, results.sources("test.npz", *ARMS.values()))
    return summary
