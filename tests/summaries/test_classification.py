"""Counts, errors and odds of classifications against closed forms and values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lib.summaries import classification


def test_the_share_of_runs_that_get_an_image_right_is_of_the_seeds_asked_for() -> None:
    scores = {0: [[2, 1], [2, 1], [1, 2]], 1: [[2, 1], [1, 2], [1, 2]], 2: [[1, 2], [1, 2], [1, 2]]}
    tests = {seed: {"scores": np.array(rows), "labels": np.array([0, 0, 0])} for seed, rows in scores.items()}
    assert classification.share_right(tests, [0, 1]).tolist() == [1.0, 0.5, 0.0]


def test_error_ratio_and_log_odds_of_the_reference_are_those_worked_out_by_hand() -> None:
    assert classification.error_ratio(0.5571, 0.4637) == pytest.approx(53.63 / 44.29)
    assert classification.error_ratio(0.9279, 0.9028) == pytest.approx(9.72 / 7.21)
    drop = math.log(0.9279 / 0.0721) - math.log(0.9028 / 0.0972)
    assert classification.log_odds_drop(0.9279, 0.9028) == pytest.approx(drop)


def test_a_perfect_accuracy_still_has_finite_odds() -> None:
    drop = classification.log_odds_drop(1.0, 0.5, samples=100)
    assert drop == pytest.approx(math.log(0.995 / 0.005))
    assert classification.error_ratio(1.0, 0.9, samples=100) == pytest.approx(0.1 / 0.005)


def test_class_accuracies_and_the_most_confused_pair_are_read_off_the_confusion_matrix() -> None:
    confusion = np.array([[8, 2, 0], [1, 6, 3], [0, 0, 0]])
    np.testing.assert_allclose(classification.class_accuracies(confusion), [0.8, 0.6, np.nan])
    assert classification.most_confused(confusion) == classification.Confusion(1, 2, 3, 0.3)
    assert classification.most_confused(np.diag([3, 4])) is None
    predicted, labels = np.array([0, 1, 1, 2]), np.array([0, 0, 1, 2])
    matrix = classification.confusion_matrix(predicted, labels, 3)
    np.testing.assert_array_equal(matrix, [[1, 1, 0], [0, 1, 0], [0, 0, 1]])


def test_flip_averaging_averages_probabilities_and_not_scores() -> None:
    scores, flipped = np.array([[10.0, 0.0, 0.0]]), np.array([[0.0, 2.0, 1.0]])
    first = np.exp([10.0, 0, 0]) / np.exp([10.0, 0, 0]).sum()
    second = np.exp([0, 2.0, 1]) / np.exp([0, 2.0, 1]).sum()
    averaged = classification.flip_average(scores, flipped)
    np.testing.assert_allclose(averaged, [(first + second) / 2])
    np.testing.assert_allclose(classification.flip_average(scores + 700, flipped), averaged)  # no overflow
