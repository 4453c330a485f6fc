"""The tests that decide claims, from scipy and statsmodels where they have them.

All intervals and tests are two-sided unless a name says otherwise; differences are first less second. scipy and
statsmodels take long to import, as long as many a job runs: only the functions that need them do so.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

Values = Sequence[float] | np.ndarray

LEVEL = 0.95
ALPHA = 1 - LEVEL
# All sign patterns are tried up to this many pairs; beyond it as many random ones are drawn, always the same.
EXACT_PAIRS = 16


@dataclass(frozen=True)
class Sampling:
    """What the choice of test images alone leaves open about one run: 95% interval, and p against no difference."""

    low: float
    high: float
    p: float | None = None

    def times(self, factor: float) -> Sampling:
        """The same in another unit."""
        return replace(self, low=factor * self.low, high=factor * self.high)


def t_quantile(degrees: int, level: float = LEVEL) -> float:
    """Half the width of the central ``level`` of Student's t distribution."""
    from scipy import special

    return float(special.stdtrit(degrees, (1 + level) / 2))


def normal_quantile(level: float = LEVEL) -> float:
    """Half the width of the central ``level`` of the standard normal distribution."""
    from scipy import special

    return float(special.ndtri((1 + level) / 2))


def t_interval(values: Values, level: float = LEVEL) -> tuple[float, float] | None:
    """Interval of the mean; None with fewer than two values."""
    runs = np.asarray(values, dtype=float)
    if len(runs) < 2:
        return None
    half = t_quantile(len(runs) - 1, level) * float(runs.std(ddof=1)) / math.sqrt(len(runs))
    return float(runs.mean()) - half, float(runs.mean()) + half


def t_p(differences: Values) -> float:
    """Two-sided p value of Student's t test against a mean of zero; NaN with fewer than two values.

    Where all values are the same there is no spread to test against: 1 if they are zero, else 0.
    """
    values = np.asarray(differences, dtype=float)
    if len(values) < 2:
        return math.nan
    if np.ptp(values) == 0:
        return 1.0 if values[0] == 0 else 0.0
    from scipy import stats

    return float(stats.ttest_1samp(values, 0.0).pvalue)


def sign_flip_p(differences: Values) -> float:
    """Two-sided p value of the mean of paired differences under random signs; 1 where there is nothing to flip.

    Exact up to :data:`EXACT_PAIRS` pairs, so that the smallest p of n pairs is 2 / 2**n.
    """
    values = np.asarray(differences, dtype=float)
    if len(values) < 2 or not np.any(values):
        return 1.0
    from scipy import stats

    resamples = np.inf if len(values) <= EXACT_PAIRS else 2**EXACT_PAIRS
    test = stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=resamples, random_state=0, vectorized=True
    )
    return float(test.pvalue)


def fewest_pairs(alpha: float = ALPHA) -> int:
    """How many pairs a sign-flip test needs before any outcome can reach ``alpha``."""
    return math.ceil(math.log2(2 / alpha))


def holm(p_values: Sequence[float]) -> list[float]:
    """p values adjusted for their number (Holm 1979, Scand. J. Statist. 6:65-70), in the order given."""
    from statsmodels.stats.multitest import multipletests

    return [float(p) for p in multipletests(p_values, method="holm")[1]] if len(p_values) else []


def equivalence_p(differences: Values, margin: float) -> float:
    """p value of TOST for |mean difference| < margin (Schuirmann 1987); NaN with fewer than two pairs.

    Where all differences are the same there is no spread to test against: 0 inside the margin, 1 outside.
    """
    values = np.asarray(differences, dtype=float)
    if len(values) < 2:
        return math.nan
    if np.ptp(values) == 0:
        return 0.0 if abs(values[0]) < margin else 1.0
    from scipy import stats

    above = stats.ttest_1samp(values, -margin, alternative="greater").pvalue
    below = stats.ttest_1samp(values, margin, alternative="less").pvalue
    return float(max(above, below))


def accuracy_difference(first: np.ndarray, second: np.ndarray, level: float = LEVEL) -> Sampling:
    """First less second accuracy of two classifiers on the same images, from who was right on which (bool, (N,)).

    Normal interval over images; exact McNemar test (McNemar 1947, Psychometrika 12:153-157) of the images on which
    only one of the two is right.
    """
    from scipy import stats

    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    images = len(first)
    difference = (only_first - only_second) / images
    variance = ((only_first + only_second) / images - difference**2) / images
    half = normal_quantile(level) * math.sqrt(variance)
    disagreements = only_first + only_second
    p = float(stats.binomtest(only_first, disagreements).pvalue) if disagreements else 1.0
    return Sampling(difference - half, difference + half, p)


def image_bootstrap(
    rights: Sequence[np.ndarray], statistic: Callable[..., np.ndarray], level: float = LEVEL, resamples: int = 2000
) -> Sampling:
    """Percentile interval of a statistic of several classifiers' accuracies, over draws of the test images.

    Parameters
    ----------
    rights : who was right on which image, bool, (N,) each, of the same images in the same order
    statistic : of that many accuracies, each (R,) for R draws, and giving (R,)
    """
    counts = np.random.default_rng(0).multinomial(*_patterns(rights), size=resamples)
    patterns = np.array(list(itertools.product((0, 1), repeat=len(rights))))
    values = statistic(*(counts @ patterns / len(rights[0])).T)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Sampling(float(low), float(high))


def _patterns(rights: Sequence[np.ndarray]) -> tuple[int, np.ndarray]:
    """Number of images, and the share of each pattern of right and wrong, in the order of ``itertools.product``."""
    code = np.zeros(len(rights[0]), dtype=np.int64)
    for right in rights:
        code = 2 * code + right
    counts = np.bincount(code, minlength=2 ** len(rights))
    return len(code), counts / len(code)


def accuracy_sampling(accuracy: float, images: int, level: float = LEVEL) -> Sampling:
    """Normal interval of an accuracy measured on ``images`` test images."""
    half = normal_quantile(level) * binomial_standard_error(accuracy, images)
    return Sampling(accuracy - half, accuracy + half)


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
