"""Section 2.7: what batch norm is worth to the MLP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from lib.summaries.columns import MODEL, RUNS, TEST
from lib.experiments.arm_results import ArmResults
from lib.figures.comparisons import accuracy_bars
from lib.figures.style import COLORS, panels, styled
from lib.report.summary import Summary, Table
from lib.summaries.classification import both
from lib.summaries.comparisons import add_accuracy, add_difference

ARMS = {"batch norm": "mlp-rgb", "none": "plain_mlp"}
FILES = ("test.npz",)
ROWS = {"batch norm": both("有批归一化", "with batch norm"), "none": both("无批归一化", "without")}
COLUMNS = (
    MODEL,
    TEST,
    RUNS,
)


def draw(results: ArmResults) -> dict[str, Figure]:
    """The experiment's figures by name."""
    return {"mlp_normalisation_bars": mlp_normalisation_bars(results)}


@styled
def mlp_normalisation_bars(results: ArmResults) -> Figure:
    """Test accuracy of the MLP with and without batch norm."""
    fig, (ax,) = panels(1, width=4.0, height=3.6)
    accuracy_bars(ax, {"mlp": {name: results.accuracies(arm) for name, arm in ARMS.items()}}, COLORS)
    ax.set_ylabel("Test accuracy")
    return fig


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``mlp_normalisation.test_accuracy.ARM``, and ``mlp_normalisation.gain`` in points."""
    summary = Summary()
    rows = []
    for name, arm in ARMS.items():
        tested = add_accuracy(summary, f"mlp_normalisation.test_accuracy.{arm}", results, arm)
        rows.append({"model": ROWS[name], "test": tested.value, "n": tested.n})
    add_difference(summary, "mlp_normalisation.gain", results, "mlp-rgb", "plain_mlp")
    summary.tables["mlp_normalisation_results"] = Table(COLUMNS, rows, results.sources("test.npz", *ARMS.values()))
    return summary
