"""Section 4.7: whether another recipe, another optimiser, width or depth pass the original's limit of MLPs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from lib.experiments.arm_results import ArmResults
from lib.figures.axes import note, percent_axis
from lib.figures.comparisons import BAND, arm_lines
from lib.figures.style import COLORS, GREEN, INK, ORANGE, PURPLE, panels, styled
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both
from lib.summaries.columns import MODEL, RUNS, TEST
from lib.summaries.comparisons import add_accuracy, add_difference, last_epoch

ARMS = {"base": "mlp-rgb", "recipe": "compressed_mlp", "adam": "adam_mlp", "wide": "wide_mlp", "deep": "deep_mlp"}
FILES = ("history.csv", "test.npz", "weights.npz")
ROWS = {
    "base": both("主实验的 MLP", "MLP compared with the CNN"),
    "recipe": both("缩短的训练方案", "by the shorter recipe"),
    "adam": both("AdamW", "by AdamW"),
    "wide": both("更宽", "wider"),
    "deep": both("更深", "deeper"),
}
COLUMNS = (
    MODEL,
    Column("hidden", both("隐藏层宽度", "Hidden layers")),
    Column("parameters", both("参数", "Parameters"), "count"),
    Column("dropout", both("随机失活概率", "Dropout"), "plain"),
    Column("epochs", both("轮数", "Epochs"), "count"),
    Column("train", both("末轮训练准确率", "Training accuracy, last epoch"), "percent"),
    Column("val", both("末轮验证准确率", "Validation accuracy, last epoch"), "percent"),
    TEST,
    RUNS,
)


def draw(results: ArmResults) -> dict[str, Figure]:
    """The experiment's figures by name."""
    return {"mlp_ceiling_curves": mlp_ceiling_curves(results)}


@styled
def mlp_ceiling_curves(results: ArmResults) -> Figure:
    """Training and validation accuracy of the MLP of section 2.7 and of those that are to be better."""
    arms = {
        ARMS["base"]: ("MLP", COLORS["mlp"], "-"),
        ARMS["recipe"]: ("Shorter recipe", GREEN, "-"),
        ARMS["adam"]: ("AdamW", INK, "--"),
        ARMS["wide"]: ("Wider", ORANGE, "-"),
        ARMS["deep"]: ("Deeper", PURPLE, "-"),
    }
    fig, axes = panels(2, titles=["Training", "Validation"], height=3.5, sharey=True)
    for ax, column in zip(axes, ("train_accuracy", "val_accuracy"), strict=True):
        arm_lines(ax, results, column, arms)
    percent_axis(axes[0])
    axes[0].set_ylabel("Accuracy")
    axes[1].legend(loc="lower right")
    note(fig, BAND)
    return fig


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``mlp_ceiling.test_accuracy.*`` of base, recipe, adam, wide and deep, and ``mlp_ceiling.lead.*`` over base."""
    summary = Summary()
    rows = []
    for name, label in ROWS.items():
        arm = ARMS[name]
        tested = add_accuracy(summary, f"mlp_ceiling.test_accuracy.{name}", results, arm)
        weights = results.read(arm, "weights.npz", results.seeds(arm, "weights.npz")[0])
        trained = {key: array for key, array in weights.items() if "running_" not in key and "num_" not in key}
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
        if name != "base":
            add_difference(summary, f"mlp_ceiling.lead.{name}", results, arm, ARMS["base"])
    best = max(
        (name for name in ROWS if name != "base"), key=lambda n: summary.numbers[f"mlp_ceiling.test_accuracy.{n}"].value
    )
    summary.facts["mlp_ceiling.best"] = best
    summary.facts["mlp_ceiling.others"] = [name for name in ROWS if name != "base"]
    summary.tables["mlp_ceiling_results"] = Table(COLUMNS, rows, results.sources("test.npz", *ARMS.values()))
    return summary
