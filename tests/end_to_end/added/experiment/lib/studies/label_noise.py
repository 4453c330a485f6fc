"""Section 4.13: how fast true and drawn labels are learned."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from lib.summaries.columns import RUNS
from lib.experiments.arm_results import ArmResults
from lib.figures.axes import epoch_axis, percent_axis
from lib.figures.style import BLUE, GREEN, ORANGE, band, panels, styled
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both

COLUMNS = (
    Column("share", both("随机标签的比例", "Labels drawn"), "percent"),
    Column("accuracy", both("末轮训练准确率", "Training accuracy, last epoch"), "percent"),
    RUNS,
)


def draw(results: ArmResults) -> dict[str, Figure]:
    """The study's figures by name."""
    return {"label_noise_curves": label_noise_curves(results)}


@styled
def label_noise_curves(results: ArmResults) -> Figure:
    """Training accuracy by epoch, a line for each share of drawn labels."""
    fig, (ax,) = panels(1, width=6.0, height=3.6)
    for share, color in zip(results.arms, (BLUE, ORANGE, GREEN), strict=False):
        band(ax, results.table("history.csv", share), x="epoch", y="train_accuracy", label=share, color=color)
    ax.set_ylabel("Training accuracy")
    percent_axis(ax)
    epoch_axis(ax)
    ax.legend(title="Labels drawn")
    return fig


def summarise(results: ArmResults, settings: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``label_noise.train_accuracy.SHARE`` after the last epoch."""
    summary = Summary()
    rows = []
    for share in results.arms:
        runs = results.table("history.csv", share)
        last = runs[runs["epoch"] == runs["epoch"].max()].set_index("seed")["train_accuracy"]
        key = f"label_noise.train_accuracy.{share}"
        summary.add_runs(key, last, "percent", source=results.sources("history.csv", share))
        rows.append({"share": float(share), "accuracy": summary.numbers[key].value, "n": len(last)})
    summary.tables["label_noise_results"] = Table(COLUMNS, rows, results.sources("history.csv", *results.arms))
    return summary
