"""Intervals and tests that decide claims, with the distributions of scipy.

All intervals and p values are two-sided unless a name says otherwise; differences are first less second. scipy and
statsmodels take long to import, as long as many a job runs: only the functions that need them do so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Values = Sequence[float] | np.ndarray

LEVEL = 0.95
ALPHA = 1 - LEVEL


@dataclass(frozen=True)
class Estimate:
    """The mean of several runs, its standard error, and the degrees of freedom with which that is known."""

    mean: float
    error: float
    degrees: float

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Student's interval of the mean."""
        half = t_quantile(self.degrees, level) * self.error
        return self.mean - half, self.mean + half

    def p_above(self, limit: float) -> float:
        """One-sided p value of the null hypothesis that the true mean is at most ``limit``.

        Without any spread there is nothing to test against: 0 if the mean is above the limit, else 1.
        """
        if not self.error:
            return float(self.mean <= limit)
        from scipy import special

        return float(special.stdtr(self.degrees, (limit - self.mean) / self.error))

    def p_below(self, limit: float) -> float:
        """The same of the null hypothesis that the true mean is at least ``limit``."""
        return Estimate(-self.mean, self.error, self.degrees).p_above(-limit)


def estimate(values: Values, image_error: float = 0.0) -> Estimate | None:
    """The mean of runs as an estimate of the mean over all seeds and, with ``image_error``, over all test images.

    The variance is ``s^2 / n`` of the seeds and ``image_error^2`` of the images that all runs are tested on, and its
    degrees of freedom are Satterthwaite's (1946, Biometrics Bulletin 2:110-114), with infinitely many for the images;
    with few seeds these may come out so many that the interval is narrower than that of the seeds alone, which then
    stands. None with fewer than two values, which say nothing of the seeds.
    """
    runs = np.asarray(values, dtype=float)
    if len(runs) < 2:
        return None
    seeds = float(runs.var(ddof=1)) / len(runs) if np.ptp(runs) else 0.0  # the variance of equal values is not quite 0
    variance = seeds + image_error**2
    degrees = (len(runs) - 1) * (variance / seeds) ** 2 if seeds else math.inf
    both = Estimate(float(runs.mean()), math.sqrt(variance), degrees)
    alone = Estimate(both.mean, math.sqrt(seeds), len(runs) - 1)
    return max(both, alone, key=lambda found: t_quantile(found.degrees) * found.error) if image_error else both


def t_quantile(degrees: float, level: float = LEVEL) -> float:
    """Half the width of the central ``level`` of Student's t distribution, with infinite degrees the normal one."""
    from scipy import special

    return float(special.stdtrit(degrees, (1 + level) / 2))


def normal_quantile(level: float = LEVEL) -> float:
    """Half the width of the central ``level`` of the standard normal distribution."""
    return t_quantile(math.inf, level)


def t_interval(values: Values, level: float = LEVEL) -> tuple[float, float] | None:
    """Interval of the mean over seeds; None with fewer than two values."""
    found = estimate(values)
    return None if found is None else found.interval(level)


def sign_test(successes: int, trials: int, level: float = LEVEL) -> tuple[float, tuple[float, float], float]:
    """Share of successes, its exact interval, and the p value against a true share of one half, from one trial on.

    The interval is that of Clopper and Pearson (1934, Biometrika 26:404-413). It leaves out one half exactly where the
    p value is below 1 - level.
    """
    from scipy import stats

    found = stats.binomtest(successes, trials)
    interval = found.proportion_ci(level)
    return successes / trials, (float(interval.low), float(interval.high)), float(found.pvalue)


def adjusted(p_values: Sequence[float], method: str = "holm") -> list[float]:
    """p values adjusted for their number, in the order given.

    ``holm``: Holm (1979, Scand. J. Statist. 6:65-70), the chance of any false rejection; ``fdr_bh``: Benjamini and
    Hochberg (1995, J. R. Statist. Soc. B 57:289-300), the share of false ones.
    """
    if len(p_values) < 2:
        return list(p_values)
    from statsmodels.stats.multitest import multipletests

    return [float(p) for p in multipletests(p_values, method=method)[1]]


def image_error(rights: Sequence[np.ndarray], measure: Callable[..., float] = lambda accuracy: accuracy) -> float:
    """Standard error of a measure of several accuracies over the choice of the test images, by the delta method.

    Parameters
    ----------
    rights : for each accuracy, the share of runs (N,) that get each image right: the same images in the same order
    measure : of that many accuracies, and smooth at them
    """
    shares = np.stack([np.asarray(right, dtype=np.float64) for right in rights])
    at = shares.mean(axis=1)
    nudges = 1e-6 * np.eye(len(at))
    slopes = np.array([(measure(*(at + nudge)) - measure(*(at - nudge))) / 2e-6 for nudge in nudges])
    return mean_error(slopes @ shares)


def mean_error(values: np.ndarray) -> float:
    """Standard error of the mean of values (N,) of independent images."""
    return float(np.std(values, ddof=1, dtype=np.float64) / math.sqrt(len(values)))


def prediction_interval(values: Values, level: float = LEVEL) -> tuple[float, float] | None:
    """Where one more run is expected; None with fewer than two runs."""
    runs = np.asarray(values, dtype=float)
    if len(runs) < 2:
        return None
    return prediction_interval_of(float(runs.mean()), float(runs.std(ddof=1)), len(runs), level)


def prediction_interval_of(mean: float, spread: float, runs: int, level: float = LEVEL) -> tuple[float, float]:
    """The same, ``mean +- t s sqrt(1 + 1/n)``, of two runs or more with standard deviation s."""
    half = t_quantile(runs - 1, level) * spread * math.sqrt(1 + 1 / runs)
    return mean - half, mean + half


def binomial_standard_error(accuracy: float, images: int) -> float:
    """Standard error of an accuracy measured on ``images`` test images."""
    return math.sqrt(accuracy * (1 - accuracy) / images)
