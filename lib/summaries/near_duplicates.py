"""Section 2.7: test accuracy with and without the test images that have a near-duplicate among the training images."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib.experiments.arm_results import ArmResults
from lib.report.statistics import image_error
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both, share_right
from lib.summaries.columns import MODEL, RUNS
from lib.summaries.comparisons import add_accuracy

SOURCE = ("near_duplicates/nearest.npz",)
MODELS = {"MLP": "mlp-rgb", "CNN": "cnn-rgb"}
COLUMNS = (
    MODEL,
    Column("all", both("全部测试图像", "All test images"), "percent"),
    Column("without", both("去除近似重复图像", "Without near-duplicates"), "percent"),
    Column("change", both("变化（百分点）", "Change (points)"), "points"),
    Column("error", both("测试图像带来的标准误（百分点）", "Standard error over images (points)"), "points"),
    RUNS,
)


def summarise(found: Mapping[str, np.ndarray], results: ArmResults) -> Summary:
    """``near_duplicates.*``: how many there are, and ``.{all,without,change,image_error}.MODEL``.

    ``without`` is the accuracy on the other test images, ``change`` in points that less the accuracy on all, by seed;
    its standard error over the images is that of a ratio, with the number of images left as random as the accuracy.

    Parameters
    ----------
    found : what :func:`lib.experiments.near_duplicates.find` returns
    results : ``test.npz`` of the arms in colour
    """
    summary = Summary()
    near, count = found["near"], int(found["near"].sum())
    same = found["labels"] == found["nearest_labels"]
    counts = {
        "compared": int(found["compared"]),
        "images": len(near),
        "count": count,
        "same_label": int((near & same).sum()),
        "other_label": int((near & ~same).sum()),
        "mirrored": int((near & found["mirrored"]).sum()),
    }
    for key, number in counts.items():
        summary.add(f"near_duplicates.{key}", number, "count", source=SOURCE)
    summary.add("near_duplicates.share", count / len(near), "percent", source=SOURCE)
    summary.add("near_duplicates.highest", found["correlation"].max(), "plain", source=SOURCE)
    rows = []
    for name, arm in MODELS.items():
        model = name.lower()
        source = (*SOURCE, *results.sources("test.npz", arm))
        seeds = results.seeds(arm, "test.npz")
        everywhere = add_accuracy(summary, f"near_duplicates.all.{model}", results, arm)
        left = pd.Series({seed: results.right(arm, seed)[~near].mean() for seed in seeds})
        right = share_right(results.by_seed(arm, "test.npz"), seeds)
        kept = [right * ~near, ~near]
        error = image_error(kept, lambda hits, rest: hits / rest)
        summary.add_runs(f"near_duplicates.without.{model}", left, "percent", source=source, image_error=error)
        error = 100 * image_error([*kept, right], lambda hits, rest, whole: hits / rest - whole)
        change = 100 * (left - results.accuracies(arm))
        summary.add_runs(f"near_duplicates.change.{model}", change, "points", source=source, image_error=error)
        summary.add(f"near_duplicates.image_error.{model}", error, "points", source=source)
        rows.append(
            {
                "model": name,
                "all": everywhere.value,
                "without": float(left.mean()),
                "change": float(change.mean()),
                "error": error,
                "n": len(seeds),
            }
        )
    summary.tables["near_duplicates_accuracy"] = Table(
        COLUMNS, rows, (*SOURCE, *results.sources("test.npz", *MODELS.values()))
    )
    return summary
