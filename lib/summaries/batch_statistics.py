"""Section 4.3: what becomes of the accuracy when batch norm takes the statistics of the test batch."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.experiments.paths import BATCH_STATISTICS, run_files
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both
from lib.summaries.columns import RUNS

LABELS = {"batchnorm": both("批归一化", "Batch norm"), "layernorm": both("层归一化", "Layer norm")}
COLUMNS = (
    Column("normalization", both("归一化", "Normalisation")),
    Column("statistics", both("测试时的统计量", "Statistics at test time")),
    Column("accuracy", both("测试准确率", "Test accuracy"), "percent", spread="spread"),
    Column("change", both("变化（百分点）", "Change (points)"), "points"),
    RUNS,
)


def summarise(accuracies: pd.DataFrame) -> Summary:
    """``batch_statistics.*`` by normalisation and batch size.

    Parameters
    ----------
    accuracies : columns normalization, seed, statistics (running or batch), batch_size, accuracy (fraction), and the
        numbers of images ``lost`` and ``gained`` against running statistics
    """
    summary = Summary()
    rows = []
    for name, label in LABELS.items():
        own = accuracies[accuracies["normalization"] == name]
        seeds = sorted(own["seed"].unique())
        source = run_files(BATCH_STATISTICS, seeds, normalization=name)
        usual = own[own["statistics"] == "running"].set_index("seed")["accuracy"]
        by_size = own[own["statistics"] == "batch"].pivot(index="seed", columns="batch_size", values="accuracy")
        summary.add_runs(f"batch_statistics.accuracy.{name}.running", usual, "percent", source=source)
        for size in by_size:
            key = f"batch_statistics.accuracy.{name}.{size}"
            summary.add_runs(key, by_size[size], "percent", source=source)
            if name == "batchnorm":
                change = 100 * (by_size[size] - usual)
                error = 100 * _image_error(own[own["batch_size"] == size], int(own["batch_size"].max()))
                summary.add_runs(
                    f"batch_statistics.change.{name}.{size}", change, "points", source=source, image_error=error
                )
        if name == "layernorm":
            between = by_size.assign(usual=usual)
            largest = 100 * (between.max(axis=1) - between.min(axis=1))
            summary.add_runs(f"batch_statistics.change.{name}", largest, "points", source=source)
        for size in ("running", *by_size):
            number = summary.numbers[f"batch_statistics.accuracy.{name}.{size}"]
            running = both("滑动统计量", "running") if name == "batchnorm" else both("无", "none")
            rows.append(
                {
                    "normalization": label,
                    "statistics": running if size == "running" else both(f"大小为 {size} 的批", f"batches of {size}"),
                    "accuracy": number.value,
                    "spread": number.spread,
                    "change": 100 * (number.value - float(usual.mean())),
                    "n": number.n,
                }
            )
    sizes = sorted(accuracies.loc[accuracies["statistics"] == "batch", "batch_size"].unique())
    summary.facts["batch_statistics.sizes"] = [int(size) for size in sizes]
    sources = tuple(path for number in summary.numbers.values() for path in number.source)
    summary.tables["batch_statistics_results"] = Table(COLUMNS, rows, tuple(dict.fromkeys(sources)))
    return summary


def _image_error(runs: pd.DataFrame, images: int) -> float:
    """Standard error of the change in accuracy over the choice of test images, at most.

    Of one network the variance of a paired change is known from ``lost`` and ``gained``; the mean over networks has as
    much if they agree on every image, and less if they do not.
    """
    lost, gained = runs["lost"] / images, runs["gained"] / images
    return float(np.sqrt((lost + gained - (gained - lost) ** 2) / images).mean())
