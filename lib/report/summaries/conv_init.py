"""Section 2.7: convolution kernels from He's initialisation against N(0, 0.01), with and without batch norm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.experiments.arm_results import ArmResults
from lib.report.summaries.arms import add_accuracy, add_difference, last_epoch
from lib.report.summaries.classification import both
from lib.report.summary import Column, Summary, Table

# By batch norm and initialisation.
ARMS = {
    "batchnorm": {"he": "stepped_cnn", "normal": "normal_cnn"},
    "plain": {"he": "plain_he_cnn", "normal": "plain_normal_cnn"},
}
NORMS = {"batchnorm": both("有批归一化", "with batch norm"), "plain": both("无批归一化", "without batch norm")}
INITS = {"he": both("He 正态", "He normal"), "normal": both("N(0, 0.01²)", "N(0, 0.01²)")}
COLUMNS = (
    Column("norm", both("批归一化", "Batch norm")),
    Column("init", both("卷积核初始化", "Initialisation")),
    Column("rate", both("学习率", "Learning rate"), "rate"),
    Column("loss", both("末轮训练损失", "Training loss, last epoch"), "loss"),
    Column("val", both("末轮验证准确率", "Validation accuracy, last epoch"), "percent"),
    Column("test", both("测试准确率", "Test accuracy"), "percent"),
    Column("n", both("次数 n", "Runs n"), "count"),
)


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``conv_init.test_accuracy.{he,normal}.{batchnorm,plain}`` and ``conv_init.gain.{batchnorm,plain}``."""
    summary = Summary()
    rows = []
    for norm, by_init in ARMS.items():
        for init, arm in by_init.items():
            tested = add_accuracy(summary, f"conv_init.test_accuracy.{init}.{norm}", results, arm)
            rows.append(
                {
                    "norm": NORMS[norm],
                    "init": INITS[init],
                    "rate": arms[arm]["training"]["optimizer"]["learning_rate"],
                    "loss": last_epoch(results, arm, "train_loss"),
                    "val": last_epoch(results, arm, "val_accuracy"),
                    "test": tested.value,
                    "n": tested.n,
                }
            )
        add_difference(summary, f"conv_init.gain.{norm}", results, by_init["he"], by_init["normal"])
    names = [arm for by_init in ARMS.values() for arm in by_init.values()]
    summary.tables["conv_init_results"] = Table(COLUMNS, rows, results.sources("test.npz", *names))
    return summary
