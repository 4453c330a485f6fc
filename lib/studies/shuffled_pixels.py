"""Section 2.8: what each model loses when all images have their pixels shuffled alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from lib.experiments.arm_results import ArmResults
from lib.figures.axes import note
from lib.figures.comparisons import accuracy_bars
from lib.figures.style import COLORS, ERROR_BARS, LABELS, panels, styled
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both
from lib.summaries.columns import MODEL, RUNS
from lib.summaries.comparisons import add_accuracy, add_difference

ARMS = {
    "mlp": {"ordered": "short_mlp", "shuffled": "shuffled_mlp"},
    "cnn": {"ordered": "short_cnn", "shuffled": "shuffled_cnn"},
}
FILES = ("test.npz", "training.json")
COLUMNS = (
    MODEL,
    Column("images", both("训练图像", "Training images"), "count"),
    Column("epochs", both("轮数", "Epochs"), "count"),
    Column("ordered", both("原排列", "Pixels in order"), "percent"),
    Column("shuffled", both("打乱后", "Pixels shuffled"), "percent"),
    Column("drop", both("下降（百分点）", "Drop (points)"), "points"),
    RUNS,
)


def draw(results: ArmResults) -> dict[str, Figure]:
    """The experiment's figures by name."""
    return {"shuffled_pixels_bars": shuffled_pixels_bars(results)}


@styled
def shuffled_pixels_bars(results: ArmResults) -> Figure:
    """Test accuracy with the pixels in order and shuffled alike in all images, by model."""
    groups = {
        model: {"in order": results.accuracies(pair["ordered"]), "shuffled": results.accuracies(pair["shuffled"])}
        for model, pair in ARMS.items()
    }
    fig, (ax,) = panels(1, width=6.0, height=3.6)
    accuracy_bars(ax, groups, COLORS)
    ax.set_ylabel("Test accuracy")
    note(fig, ERROR_BARS)
    return fig


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``shuffled_pixels.test_accuracy.{ordered,shuffled}.MODEL`` and ``.drop.MODEL`` in points, over common seeds."""
    summary = Summary()
    rows = []
    for model, pair in ARMS.items():
        tested = {
            order: add_accuracy(
                summary, f"shuffled_pixels.test_accuracy.{order}.{model}", results, pair[order], pair[other]
            )
            for order, other in (("ordered", "shuffled"), ("shuffled", "ordered"))
        }
        drop = add_difference(summary, f"shuffled_pixels.drop.{model}", results, pair["ordered"], pair["shuffled"])
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
    summary.tables["shuffled_pixels_results"] = Table(COLUMNS, rows, results.sources("test.npz", *names))
    return summary
