"""Section 3: what each model loses when all images have their pixels shuffled alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.experiments.arm_results import ArmResults
from lib.report.summaries.arms import add_accuracy, add_difference
from lib.report.summaries.classification import both
from lib.report.summary import Column, Summary, Table

ARMS = {
    "mlp": {"ordered": "mlp-rgb", "shuffled": "shuffled_mlp"},
    "cnn": {"ordered": "short_cnn", "shuffled": "shuffled_cnn"},
}
LABELS = {"mlp": "MLP", "cnn": "CNN"}
COLUMNS = (
    Column("model", both("模型", "Model")),
    Column("images", both("训练图像", "Training images"), "count"),
    Column("epochs", both("轮数", "Epochs"), "count"),
    Column("ordered", both("原排列", "Pixels in order"), "percent"),
    Column("shuffled", both("打乱后", "Pixels shuffled"), "percent"),
    Column("drop", both("下降（百分点）", "Drop (points)"), "points"),
    Column("n", both("次数 n", "Runs n"), "count"),
)


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``shuffled.test_accuracy.{ordered,shuffled}.MODEL`` and ``shuffled.drop.MODEL`` in points, over common seeds."""
    summary = Summary()
    rows = []
    for model, pair in ARMS.items():
        tested = {
            order: add_accuracy(summary, f"shuffled.test_accuracy.{order}.{model}", results, pair[order], pair[other])
            for order, other in (("ordered", "shuffled"), ("shuffled", "ordered"))
        }
        drop = add_difference(summary, f"shuffled.drop.{model}", results, pair["ordered"], pair["shuffled"])
        rows.append(
            {
                "model": LABELS[model],
                "images": results.read(pair["shuffled"], "training.json", 0)["images"],
                "epochs": arms[pair["shuffled"]]["training"]["epochs"],
                "ordered": tested["ordered"].value,
                "shuffled": tested["shuffled"].value,
                "drop": drop.value,
                "n": drop.n,
            }
        )
    names = [arm for pair in ARMS.values() for arm in pair.values()]
    summary.tables["shuffled_results"] = Table(COLUMNS, rows, results.sources("test.npz", *names))
    return summary
