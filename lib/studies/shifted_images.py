"""Section 2.8: test accuracy on shifted images, of models trained with and without random crops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from lib.experiments.arm_results import ArmResults
from lib.figures.axes import epoch_axis, note, percent_axis
from lib.figures.comparisons import BAND
from lib.figures.style import COLORS, LABELS, band, panels, styled
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both
from lib.summaries.columns import MODEL, RUNS
from lib.summaries.comparisons import add_image_means

ARMS = {
    "cropped": {"mlp": "short_mlp", "cnn": "short_cnn"},
    "uncropped": {"mlp": "uncropped_mlp", "cnn": "uncropped_cnn"},
}
FILES = ("shifts.npz",)
TRAINED = {"cropped": both("有", "yes"), "uncropped": both("无", "no")}
SHIFT = 4  # pixels, that the claim is about


def draw(results: ArmResults) -> dict[str, Figure]:
    """The experiment's figures by name."""
    return {"shifted_images_curves": shifted_images_curves(results)}


@styled
def shifted_images_curves(results: ArmResults) -> Figure:
    """Test accuracy against the shift, one panel for training with crops and one without."""
    titles = ["Trained with random crops", "Trained without crops"]
    fig, axes = panels(2, titles=titles, height=3.6, sharey=True)
    for ax, arms in zip(axes, (ARMS["cropped"], ARMS["uncropped"]), strict=True):
        for model, arm in arms.items():
            rows = [
                {"seed": seed, "shift": shift, "accuracy": accuracy}
                for seed in results.seeds(arm, "shifts.npz")
                for shift, accuracy in enumerate(results.right_shifted(arm, seed).mean(axis=1))
            ]
            band(ax, pd.DataFrame(rows), x="shift", y="accuracy", label=LABELS[model], color=COLORS[model])
        epoch_axis(ax, label="Shift (pixels)")
    percent_axis(axes[0])
    axes[0].set_ylabel("Test accuracy")
    axes[0].legend(loc="best")
    note(fig, "mean over four directions; " + BAND)
    return fig


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``shifted_images.drop.MODEL.{cropped,uncropped}`` and ``.mlp_less_cnn.{cropped,uncropped}``, in points.

    A drop is the accuracy on images as they are less that on images moved by :data:`SHIFT` pixels, averaged over
    four directions.
    """
    summary = Summary()
    one = ARMS["cropped"]["cnn"]
    largest = int(results.read(one, "shifts.npz", results.seeds(one, "shifts.npz")[0])["shifts"].max())
    rows = []
    for crops, by_model in ARMS.items():
        lost: dict[str, dict[int, Any]] = {}
        for model, arm in by_model.items():
            seeds = results.seeds(arm, "shifts.npz")
            right = {seed: results.right_shifted(arm, seed) for seed in seeds}
            source = results.sources("shifts.npz", arm)
            lost[model] = {seed: r[0] - r[SHIFT] for seed, r in right.items()}
            key = f"shifted_images.drop.{model}.{crops}"
            drop = add_image_means(summary, key, pd.Series(lost[model]), "points", source, factor=100)
            far = {seed: r[0] - r[largest] for seed, r in right.items()}
            key = f"shifted_images.far_drop.{model}.{crops}"
            add_image_means(summary, key, pd.Series(far), "points", source, factor=100)
            means = pd.DataFrame({seed: r.mean(axis=1) for seed, r in right.items()}).mean(axis=1)
            rows.append(
                {
                    "model": LABELS[model],
                    "crops": TRAINED[crops],
                    "still": means[0],
                    "near": means[SHIFT],
                    "far": means[largest],
                    "drop": drop.value,
                    "n": drop.n,
                }
            )
        seeds = [seed for seed in lost["cnn"] if seed in lost["mlp"]]
        both_models = pd.Series({seed: lost["mlp"][seed] - lost["cnn"][seed] for seed in seeds})
        sources = results.sources("shifts.npz", *by_model.values())
        add_image_means(summary, f"shifted_images.mlp_less_cnn.{crops}", both_models, "points", sources, factor=100)
    summary.add("shifted_images.shift", SHIFT, "pixels")
    columns = (
        MODEL,
        Column("crops", both("训练时随机裁剪", "Trained with crops")),
        Column("still", both("未平移", "Not shifted"), "percent"),
        Column("near", both(f"平移 {SHIFT} 像素", f"Shifted by {SHIFT} pixels"), "percent"),
        Column("far", both(f"平移 {largest} 像素", f"Shifted by {largest} pixels"), "percent"),
        Column("drop", both(f"平移 {SHIFT} 像素的损失（百分点）", f"Drop at {SHIFT} pixels (points)"), "points"),
        RUNS,
    )
    names = [arm for by_model in ARMS.values() for arm in by_model.values()]
    summary.tables["shifted_images_results"] = Table(columns, rows, results.sources("shifts.npz", *names))
    return summary
