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


def test_sign_flips_of_one_sign_give_two_in_two_to_the_n():
    assert statistics.sign_flip_p(PAIRED) == pytest.approx(2 / 2**5, abs=1e-12)


def test_sign_flips_counted_by_hand():
    # |mean| >= |observed| for +++ and --- (2.0), and for the two with the 0.5 turned round (1.0 is the observed).
    differences = [1.0, 0.5, -0.5]
    means = [abs(sum(s * d for s, d in zip(signs, differences, strict=True))) for signs in SIGNS]
    expected = sum(mean >= 1.0 - 1e-12 for mean in means) / 8
    assert statistics.sign_flip_p(differences) == pytest.approx(expected)


SIGNS = [(a, b, c) for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]


def test_sign_flips_of_many_pairs_are_the_same_every_time():
    differences = np.random.default_rng(0).normal(0.2, 1, 40)
    assert statistics.sign_flip_p(differences) == statistics.sign_flip_p(differences)


@pytest.mark.parametrize("differences", [[0.2], [0.0, 0.0, 0.0]])
def test_nothing_to_flip_gives_one(differences):
    assert statistics.sign_flip_p(differences) == 1.0


def test_six_pairs_are_the_fewest_that_can_reach_five_percent():
    assert statistics.fewest_pairs(0.05) == 6
    assert 2 / 2**6 < 0.05 < 2 / 2**5


def test_holm_by_hand():
    assert statistics.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert statistics.holm([]) == []


def test_tost_is_the_larger_of_two_one_sided_tests():
    values, margin = np.array([0.1, -0.2, 0.05, 0.0, 0.1]), 0.5
    t_low = (values.mean() + margin) / stats.sem(values)
    t_high = (values.mean() - margin) / stats.sem(values)
    expected = max(stats.t.sf(t_low, 4), stats.t.cdf(t_high, 4))
    assert statistics.equivalence_p(values, margin) == pytest.approx(expected, rel=1e-9)


def test_tost_without_spread():
    assert statistics.equivalence_p([0.1, 0.1], 0.5) == 0.0
    assert statistics.equivalence_p([0.7, 0.7], 0.5) == 1.0
    assert math.isnan(statistics.equivalence_p([0.1], 0.5))


def test_t_p_is_that_of_scipy_and_knows_constant_values():
    assert statistics.t_p(PAIRED) == pytest.approx(stats.ttest_1samp(PAIRED, 0).pvalue)
    assert statistics.t_p([0.0, 0.0]) == 1.0
    assert statistics.t_p([0.1, 0.1]) == 0.0
    assert math.isnan(statistics.t_p([0.1]))


def test_mcnemar_is_the_binomial_test_of_the_discordant_images():
    first = np.array([True] * 80 + [True] * 12 + [False] * 3 + [False] * 5)
    second = np.array([True] * 80 + [False] * 12 + [True] * 3 + [False] * 5)
    found = statistics.accuracy_difference(first, second)
    assert found.p == pytest.approx(stats.binomtest(3, 15, 0.5).pvalue)
    # Var of the mean of +1, -1 and 0: (12 + 3) / 100 - 0.09^2, over 100.
    half = 1.959963984540054 * math.sqrt((0.15 - 0.09**2) / 100)
    assert (found.low, found.high) == pytest.approx((0.09 - half, 0.09 + half))


def test_bootstrap_over_images_agrees_with_the_normal_interval_of_a_difference():
    rng = np.random.default_rng(0)
    first = rng.random(4000) < 0.8
    second = np.where(rng.random(4000) < 0.9, first, rng.random(4000) < 0.5)
    normal = statistics.accuracy_difference(first, second)
    drawn = statistics.image_bootstrap([first, second], lambda a, b: a - b)
    # 2,000 draws give the ends of the interval to about 3% of its width.
    width = normal.high - normal.low
    assert (drawn.low, drawn.high) == pytest.approx((normal.low, normal.high), abs=0.05 * width)


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


def test_binomial_standard_error_and_interval():
    assert statistics.binomial_standard_error(0.5, 10_000) == pytest.approx(0.005)
    interval = statistics.accuracy_sampling(0.5, 10_000)
    assert (interval.low, interval.high) == pytest.approx((0.5 - 0.0097998, 0.5 + 0.0097998), abs=1e-7)


def test_standard_error_of_an_accuracy_is_the_closed_form():
    assert statistics.binomial_standard_error(0.9, 10000) == pytest.approx(0.003)
    assert statistics.binomial_standard_error(1.0, 100) == 0
