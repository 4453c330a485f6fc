"""What the experiments on CIFAR-10 share: accuracies of arms and their differences, by seed or over test images."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from lib.experiments.arm_results import ArmResults
from lib.report.statistics import Sampling, accuracy_difference, accuracy_sampling, normal_quantile
from lib.report.summary import Number, Summary


def add_accuracy(summary: Summary, key: str, results: ArmResults, arm: str, paired_with: str | None = None) -> Number:
    """Test accuracy of an arm, with what the choice of test images leaves open about a single run.

    ``paired_with``: count only the seeds that this other arm has too, as :func:`add_difference` does.
    """
    runs = results.accuracies(arm)
    if paired_with is not None:
        runs = runs[runs.index.isin(results.accuracies(paired_with).index)]
    sampling = None
    if len(runs) == 1:
        sampling = accuracy_sampling(float(runs.iloc[0]), len(results.right(arm, int(runs.index[0]))))
    summary.add_runs(key, runs, "percent", source=results.sources("test.npz", arm), sampling=sampling)
    return summary.numbers[key]


def add_difference(summary: Summary, key: str, results: ArmResults, first: str, second: str) -> Number:
    """Test accuracy of one arm less that of another in points, over the seeds that both have.

    A single seed comes with McNemar's test over the test images. Raises ValueError if there is no common seed.
    """
    runs = 100 * (results.accuracies(first) - results.accuracies(second)).dropna()
    if runs.empty:
        raise ValueError(f"{first} and {second}: no seed was trained in both arms")
    sampling = None
    if len(runs) == 1:
        seed = int(runs.index[0])
        sampling = accuracy_difference(results.right(first, seed), results.right(second, seed)).times(100)
    source = results.sources("test.npz", first, second)
    summary.add_runs(key, runs, "points", source=source, sampling=sampling)
    return summary.numbers[key]


def add_image_means(
    summary: Summary, key: str, by_seed: pd.Series, unit: str, source: tuple[str, ...], factor: float = 1.0
) -> Number:
    """A number that is by seed the mean of ``factor`` times a value for each image, (N,) arrays by seed.

    A single seed comes with a normal interval over the images.
    """
    runs = pd.Series({seed: factor * float(np.mean(values)) for seed, values in by_seed.items()})
    sampling = mean_sampling(by_seed.iloc[0]).times(factor) if len(runs) == 1 else None
    summary.add_runs(key, runs, unit, source=source, sampling=sampling)
    return summary.numbers[key]


def mean_sampling(values: np.ndarray) -> Sampling:
    """Normal interval of the mean of values (N,) of independent images, and p against a mean of zero."""
    wide = np.asarray(values, dtype=np.float64)
    mean, error = float(wide.mean()), float(wide.std(ddof=1) / np.sqrt(len(wide)))
    half = normal_quantile() * error
    p = float(2 * special.ndtr(-abs(mean) / error)) if error else float(mean == 0)
    return Sampling(mean - half, mean + half, p)


def last_epoch(results: ArmResults, arm: str, column: str) -> float:
    """Mean over the seeds of a column of the history after the last epoch."""
    table = results.table("history.csv", arm)
    return float(table[table["epoch"] == table["epoch"].max()][column].mean())
