"""Section 2.7: the same checkpoints on clean validation images and on augmented ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.experiments.arm_results import ArmResults
from lib.figures.axes import note
from lib.figures.comparisons import accuracy_bars
from lib.figures.style import COLORS, ERROR_BARS, LABELS, panels, styled
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both
from lib.summaries.columns import MODEL, RUNS
from lib.summaries.comparisons import add_image_means

ARMS = {"mlp": "mlp-rgb", "cnn": "cnn-rgb"}
FILES = ("augmented.npz", "validation.npz", "test.npz")
COLUMNS = (
    MODEL,
    Column("clean", both("干净验证图像", "Validation, clean"), "percent"),
    Column("augmented", both("增强验证图像", "Validation, augmented"), "percent"),
    Column("change", both("变化（百分点）", "Change (points)"), "points"),
    Column("test", both("测试图像", "Test images"), "percent"),
    RUNS,
)


def draw(results: ArmResults) -> dict[str, Figure]:
    """The experiment's figures by name."""
    return {"augmented_validation_bars": augmented_validation_bars(results)}


@styled
def augmented_validation_bars(results: ArmResults) -> Figure:
    """Accuracy of the same checkpoints on clean and augmented validation images and on the test images."""
    groups = {}
    for model in ("mlp", "cnn"):
        arm, clean, augmented = f"{model}-rgb", {}, {}
        for seed in results.seeds(arm, "augmented.npz"):
            found, kept = results.read(arm, "augmented.npz", seed), results.read(arm, "validation.npz", seed)
            augmented[seed] = float((found["predicted"] == found["labels"]).mean())
            clean[seed] = float((np.asarray(kept["scores"]).argmax(axis=1) == kept["labels"]).mean())
        groups[model] = {
            "validation": pd.Series(clean),
            "augmented": pd.Series(augmented),
            "test": results.accuracies(arm),
        }
    fig, (ax,) = panels(1, width=7.2, height=3.6)
    accuracy_bars(ax, groups, COLORS)
    ax.set_ylabel("Accuracy")
    note(fig, ERROR_BARS)
    return fig


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``augmented_validation.change.MODEL`` and ``.augmented_less_test.MODEL`` in points."""
    summary = Summary()
    rows = []
    for model, arm in ARMS.items():
        source = results.sources("augmented.npz", arm) + results.sources("validation.npz", arm)
        changes, augmented, clean = {}, {}, {}
        for seed in results.seeds(arm, "augmented.npz"):
            found, kept = results.read(arm, "augmented.npz", seed), results.read(arm, "validation.npz", seed)
            on_augmented = (found["predicted"] == found["labels"]).mean(axis=0)
            on_clean = np.asarray(kept["scores"]).argmax(axis=1) == kept["labels"]
            changes[seed] = on_augmented - on_clean
            augmented[seed], clean[seed] = on_augmented, on_clean
        change = add_image_means(
            summary, f"augmented_validation.change.{model}", pd.Series(changes), "points", source, factor=100
        )
        for name, by_seed in (("augmented", augmented), ("clean", clean)):
            add_image_means(summary, f"augmented_validation.{name}.{model}", pd.Series(by_seed), "percent", source)
        tested = results.accuracies(arm)
        means = pd.Series({seed: float(right.mean()) for seed, right in augmented.items()})
        summary.add_runs(
            f"augmented_validation.augmented_less_test.{model}",
            100 * (means - tested).dropna(),
            "points",
            source=source + results.sources("test.npz", arm),
        )
        rows.append(
            {
                "model": LABELS[model],
                "clean": summary.numbers[f"augmented_validation.clean.{model}"].value,
                "augmented": summary.numbers[f"augmented_validation.augmented.{model}"].value,
                "change": change.value,
                "test": float(tested.mean()),
                "n": change.n,
            }
        )
    summary.tables["augmented_validation_results"] = Table(
        COLUMNS, rows, results.sources("augmented.npz", *ARMS.values())
    )
    return summary
