"""Section 4.9: whether the MLP's smaller input explains its loss, by gray images with three equal channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from lib.experiments.arm_results import ArmResults
from lib.figures.axes import note
from lib.figures.comparisons import accuracy_bars
from lib.figures.style import COLORS, ERROR_BARS, panels, styled
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both
from lib.summaries.columns import RUNS
from lib.summaries.comparisons import add_accuracy, add_difference, direction

ARMS = {"rgb": "mlp-rgb", "gray": "mlp-gray", "gray3": "gray3_mlp"}
FILES = ("test.npz", "weights.npz")
NAMES = {
    "rgb": both("彩色", "colour"),
    "gray": both("灰度，一个通道", "gray, one channel"),
    "gray3": both("灰度，三个相同通道", "gray, three equal channels"),
}
COLUMNS = (
    Column("images", both("图像", "Images")),
    Column("inputs", both("输入个数", "Inputs"), "count"),
    Column("test", both("测试准确率", "Test accuracy"), "percent", spread="spread"),
    RUNS,
)


def draw(results: ArmResults) -> dict[str, Figure]:
    """The experiment's figures by name."""
    return {"gray_three_channels_bars": gray_three_channels_bars(results)}


@styled
def gray_three_channels_bars(results: ArmResults) -> Figure:
    """Test accuracy of the MLP on colour, on one gray channel and on three equal ones."""
    arms = {"colour": ARMS["rgb"], "gray, one channel": ARMS["gray"], "gray, three channels": ARMS["gray3"]}
    fig, (ax,) = panels(1, width=6.0, height=3.6)
    accuracy_bars(ax, {"mlp": {name: results.accuracies(arm) for name, arm in arms.items()}}, COLORS)
    ax.set_ylabel("Test accuracy")
    note(fig, ERROR_BARS)
    return fig


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``gray_three_channels.gain`` (three channels less one) and ``.still_lost`` (colour less three), in points."""
    summary = Summary()
    rows = []
    for name, arm in ARMS.items():
        tested = add_accuracy(summary, f"gray_three_channels.test_accuracy.{name}", results, arm)
        first = results.read(arm, "weights.npz", results.seeds(arm, "weights.npz")[0])["layers.1.weight"]
        rows.append(
            {
                "images": NAMES[name],
                "inputs": first.shape[1],
                "test": tested.value,
                "spread": tested.spread,
                "n": tested.n,
            }
        )
    add_difference(summary, "gray_three_channels.gain", results, ARMS["gray3"], ARMS["gray"])
    add_difference(summary, "gray_three_channels.still_lost", results, ARMS["rgb"], ARMS["gray3"])
    summary.facts["gray_three_channels.direction"] = {
        key: direction(summary.numbers[f"gray_three_channels.{key}"]) for key in ("gain", "still_lost")
    }
    summary.tables["gray_three_channels_results"] = Table(COLUMNS, rows, results.sources("test.npz", *ARMS.values()))
    return summary
