"""What the experiments on CIFAR-10 share: accuracies of arms and their differences, over seeds and test images."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib.experiments.arm_results import ArmResults
from lib.report.statistics import image_error, mean_error
from lib.report.summary import Number, Summary
from lib.summaries.classification import accuracy, share_right

Tests = Mapping[int, Mapping[str, np.ndarray]]


def add_accuracy(summary: Summary, key: str, results: ArmResults, arm: str, paired_with: str | None = None) -> Number:
    """Test accuracy of an arm.

    ``paired_with``: count only the seeds that this other arm has too, as :func:`add_difference` does.
    """
    runs = results.accuracies(arm)
    if paired_with is not None:
        runs = runs[runs.index.isin(results.accuracies(paired_with).index)]
    error = image_error([share_right(results.by_seed(arm, "test.npz"), runs.index)])
    summary.add_runs(key, runs, "percent", source=results.sources("test.npz", arm), image_error=error)
    return summary.numbers[key]


def add_difference(summary: Summary, key: str, results: ArmResults, first: str, second: str) -> Number:
    """Test accuracy of one arm less that of another in points, over the seeds that both have.

    Raises ValueError if there is no common seed.
    """
    one, other = (results.by_seed(arm, "test.npz") for arm in (first, second))
    return add_gap(summary, key, one, other, results.sources("test.npz", first, second))


def add_gap(summary: Summary, key: str, first: Tests, second: Tests, source: tuple[str, ...]) -> Number:
    """The same from ``scores`` (N, C) and ``labels`` (N,) of the same images by seed."""
    seeds = [seed for seed in first if seed in second]
    if not seeds:
        raise ValueError(f"{key}: no seed was trained in both arms")
    accuracies = [[accuracy(tests[s]["scores"], tests[s]["labels"]) for s in seeds] for tests in (first, second)]
    runs = pd.Series(100 * (np.array(accuracies[0]) - np.array(accuracies[1])), index=seeds)
    error = 100 * image_error([share_right(tests, seeds) for tests in (first, second)], lambda one, other: one - other)
    summary.add_runs(key, runs, "points", source=source, image_error=error)
    return summary.numbers[key]


def add_image_means(
    summary: Summary, key: str, by_seed: pd.Series, unit: str, source: tuple[str, ...], factor: float = 1.0
) -> Number:
    """A number that is by seed the mean of ``factor`` times a value for each image, (N,) arrays by seed."""
    runs = pd.Series({seed: factor * float(np.mean(values)) for seed, values in by_seed.items()})
    error = factor * mean_error(np.mean(list(by_seed), axis=0))
    summary.add_runs(key, runs, unit, source=source, image_error=error)
    return summary.numbers[key]


def direction(number: Number, margin: float = 0.0) -> str:
    """Where the 95% interval of a difference lies: ``up`` from zero by more than ``margin``, ``down``, or ``open``.

    It is open where the interval is not wholly beyond the margin, and where there is none, as of a single training.
    """
    low, high = number.interval or (-np.inf, np.inf)
    return "up" if low > margin else "down" if high < -margin else "open"


def last_epoch(results: ArmResults, arm: str, column: str) -> float:
    """Mean over the seeds of a column of the history after the last epoch."""
    table = results.table("history.csv", arm)
    return float(table[table["epoch"] == table["epoch"].max()][column].mean())
