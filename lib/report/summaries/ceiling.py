"""Section 2.7: whether a wider, less regularised MLP passes the accuracy that the original called a limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.experiments.arm_results import ArmResults
from lib.report.summaries.arms import add_accuracy, add_difference, last_epoch
from lib.report.summaries.classification import both
from lib.report.summary import Column, Summary, Table

ROWS = {"mlp-rgb": both("本节的 MLP", "MLP of this section"), "wide_mlp": both("更宽的 MLP", "wider MLP")}
COLUMNS = (
    Column("model", both("模型", "Model")),
    Column("hidden", both("隐藏层宽度", "Hidden layers")),
    Column("parameters", both("参数", "Parameters"), "count"),
    Column("dropout", both("丢弃概率", "Dropout"), "plain"),
    Column("epochs", both("轮数", "Epochs"), "count"),
    Column("train", both("末轮训练准确率", "Training accuracy, last epoch"), "percent"),
    Column("val", both("末轮验证准确率", "Validation accuracy, last epoch"), "percent"),
    Column("test", both("测试准确率", "Test accuracy"), "percent"),
    Column("n", both("次数 n", "Runs n"), "count"),
)


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``ceiling.*`` of ``wide_mlp`` beside ``mlp-rgb``."""
    summary = Summary()
    rows = []
    for arm, label in ROWS.items():
        key = "ceiling.test_accuracy" if arm == "wide_mlp" else "ceiling.base_accuracy"
        tested = add_accuracy(summary, key, results, arm)
        weights = results.read(arm, "weights.npz", results.seeds(arm, "weights.npz")[0])
        trained = {name: array for name, array in weights.items() if "running_" not in name and "num_" not in name}
        model = arms[arm]["model"]
        rows.append(
            {
                "model": label,
                "hidden": "-".join(map(str, model["hidden"])),
                "parameters": sum(array.size for array in trained.values()),
                "dropout": model["hidden_dropout"],
                "epochs": arms[arm]["training"]["epochs"],
                "train": last_epoch(results, arm, "train_accuracy"),
                "val": last_epoch(results, arm, "val_accuracy"),
                "test": tested.value,
                "n": tested.n,
            }
        )
    add_difference(summary, "ceiling.lead", results, "wide_mlp", "mlp-rgb")
    summary.add("ceiling.width_factor", rows[1]["parameters"] / rows[0]["parameters"], "ratio")
    summary.tables["ceiling_results"] = Table(COLUMNS, rows, results.sources("test.npz", *ROWS))
    return summary
