"""Statistics against closed forms, hand-computed values and scipy."""

import math

import numpy as np
import pytest
from scipy import stats

from lib.report import statistics

PAIRED = [0.3, 0.1, 0.4, 0.2, 0.5]


def test_t_interval_is_that_of_scipy():
    low, high = statistics.t_interval(PAIRED)
    expected = stats.t.interval(0.95, 4, loc=np.mean(PAIRED), scale=stats.sem(PAIRED))
    assert (low, high) == pytest.approx(expected, rel=1e-12)


def test_t_interval_needs_two_values():
    assert statistics.t_interval([0.3]) is None


def test_p_values_are_those_of_scipy():
    found = statistics.estimate(PAIRED)
    assert found.p_above(0.1) == pytest.approx(stats.ttest_1samp(PAIRED, 0.1, alternative="greater").pvalue, rel=1e-12)
    assert found.p_below(0.1) == pytest.approx(stats.ttest_1samp(PAIRED, 0.1, alternative="less").pvalue, rel=1e-12)


def test_equal_runs_leave_nothing_to_test_against():
    found = statistics.estimate([0.1, 0.1, 0.1])
    assert found.interval() == pytest.approx((0.1, 0.1))
    assert (found.p_above(0.05), found.p_above(0.2), found.p_below(0.2)) == (0.0, 1.0, 0.0)


def test_images_alone_give_the_normal_interval():
    low, high = statistics.estimate([0.5, 0.5], image_error=0.01).interval()
    assert (low, high) == pytest.approx((0.5 - 0.0195996, 0.5 + 0.0195996), abs=1e-6)


def test_seeds_and_images_add_their_variances_by_satterthwaite():
    found = statistics.estimate(PAIRED, image_error=0.2)
    seeds = np.var(PAIRED, ddof=1) / 5
    assert found.error == pytest.approx(math.sqrt(seeds + 0.2**2))
    assert found.degrees == pytest.approx(4 * (seeds + 0.2**2) ** 2 / seeds**2)


def test_images_never_narrow_the_interval_of_the_seeds():
    alone = statistics.estimate(PAIRED[:3]).interval()
    for error in (0.01, 0.05, 0.1, 0.3):
        low, high = statistics.estimate(PAIRED[:3], image_error=error).interval()
        assert low <= alone[0] and high >= alone[1]


def test_the_interval_of_seeds_and_images_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(2)
    # 5 trainings on one draw of images: what the images shift is the same for all of them.
    draws = rng.normal(size=(4000, 5)) + 0.7 * rng.normal(size=(4000, 1))
    intervals = [statistics.estimate(runs, image_error=0.7).interval() for runs in draws]
    hits = np.mean([low <= 0 <= high for low, high in intervals])
    # 4,000 draws have a standard error of 0.34 points; the approximation errs on the safe side.
    assert 0.945 <= hits <= 0.975


def test_holm_by_hand():
    assert statistics.adjusted([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert statistics.adjusted([]) == []


def test_benjamini_hochberg_by_hand():
    assert statistics.adjusted([0.01, 0.04, 0.03], "fdr_bh") == pytest.approx([0.03, 0.04, 0.04])


def test_the_error_over_images_is_that_of_the_mean_of_their_differences():
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 400)) < 0.8
    expected = stats.sem(first.astype(float) - second)
    assert statistics.image_error([first, second], lambda a, b: a - b) == pytest.approx(expected, rel=1e-6)
    assert statistics.image_error([first]) == pytest.approx(stats.sem(first.astype(float)), rel=1e-6)


def test_the_error_over_images_of_a_curved_measure_is_that_of_many_draws_of_images():
    rng = np.random.default_rng(0)
    first = rng.random(4000) < 0.8
    second = np.where(rng.random(4000) < 0.9, first, rng.random(4000) < 0.5)
    draws = rng.integers(0, 4000, size=(2000, 4000))
    ratios = (1 - second[draws].mean(axis=1)) / (1 - first[draws].mean(axis=1))
    error = statistics.image_error([first, second], lambda a, b: (1 - b) / (1 - a))
    # 2,000 draws give a standard deviation to 1.6%.
    assert error == pytest.approx(ratios.std(ddof=1), rel=0.06)


def test_prediction_interval_by_hand():
    low, high = statistics.prediction_interval([1.0, 2.0, 3.0])
    half = 4.302652729911275 * 1.0 * math.sqrt(1 + 1 / 3)
    assert (low, high) == pytest.approx((2 - half, 2 + half))
    assert statistics.prediction_interval([1.0]) is None


def test_prediction_interval_holds_one_more_run_as_often_as_it_says():
    rng = np.random.default_rng(1)
    draws = rng.normal(size=(4000, 6))
    hits = 0
    for *runs, one_more in draws:
        low, high = statistics.prediction_interval(runs)
        hits += low <= one_more <= high
    # 4,000 draws at 95% have a standard error of 0.34 points; five of them make a false alarm unlikely.
    assert hits / len(draws) == pytest.approx(0.95, abs=0.018)


def test_standard_error_of_an_accuracy_is_the_closed_form():
    assert statistics.binomial_standard_error(0.9, 10000) == pytest.approx(0.003)
    assert statistics.binomial_standard_error(1.0, 100) == 0
