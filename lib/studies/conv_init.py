"""Section 2.7: convolution kernels from He's initialisation against N(0, 0.01), with and without batch norm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from lib.experiments.arm_results import ArmResults
from lib.figures.axes import note, percent_axis
from lib.figures.comparisons import BAND, arm_lines
from lib.figures.style import BLUE, VERMILLION, panels, styled
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both
from lib.summaries.columns import RUNS, TEST
from lib.summaries.comparisons import add_accuracy, add_difference, last_epoch

# By batch norm and initialisation.
ARMS = {
    "batchnorm": {"he": "stepped_cnn", "normal": "normal_cnn"},
    "plain": {"he": "plain_he_cnn", "normal": "plain_normal_cnn"},
}
FILES = ("history.csv", "test.npz")
NORMS = {"batchnorm": both("有批归一化", "with batch norm"), "plain": both("无批归一化", "without batch norm")}
INITS = {"he": both("He 正态", "He normal"), "normal": both("N(0, 0.01²)", "N(0, 0.01²)")}
COLUMNS = (
    Column("norm", both("批归一化", "Batch norm")),
    Column("init", both("卷积核初始化", "Initialisation")),
    Column("rate", both("学习率", "Learning rate"), "rate"),
    Column("loss", both("末轮训练损失", "Training loss, last epoch"), "loss"),
    Column("val", both("末轮验证准确率", "Validation accuracy, last epoch"), "percent"),
    TEST,
    RUNS,
)


def draw(results: ArmResults) -> dict[str, Figure]:
    """The experiment's figures by name."""
    return {"conv_init_curves": conv_init_curves(results)}


@styled
def conv_init_curves(results: ArmResults) -> Figure:
    """Validation accuracy by epoch for both initialisations, with and without batch norm."""
    fig, axes = panels(2, titles=["With batch norm", "Without batch norm"], height=3.5, sharey=True)
    for ax, arms in zip(axes, (ARMS["batchnorm"], ARMS["plain"]), strict=True):
        lines = {arms["he"]: ("He", BLUE, "-"), arms["normal"]: ("N(0, 0.01²)", VERMILLION, "--")}
        arm_lines(ax, results, "val_accuracy", lines)
    percent_axis(axes[0])
    axes[0].set_ylabel("Validation accuracy")
    axes[0].legend(loc="lower right")
    note(fig, BAND)
    return fig


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``conv_init.{test_accuracy,over_guessing}.{he,normal}.{batchnorm,plain}``, ``conv_init.gain.{batchnorm,plain}``.

    ``over_guessing`` is how many points the test accuracy lies above the share of one class.
    """
    summary = Summary()
    rows = []
    for norm, by_init in ARMS.items():
        for init, arm in by_init.items():
            tested = add_accuracy(summary, f"conv_init.test_accuracy.{init}.{norm}", results, arm)
            source = results.sources("test.npz", arm)
            classes = results.read(arm, "test.npz", results.seeds(arm, "test.npz")[0])["scores"].shape[1]
            summary.add_runs(
                f"conv_init.over_guessing.{init}.{norm}",
                100 * (results.accuracies(arm) - 1 / classes),
                "points",
                source=source,
                image_error=100 * tested.image_error,
            )
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
