"""Numbers of the MNIST section follow from its runs and its search."""

from __future__ import annotations

import math

import pytest

from tests.summaries.made_up import made_mnist, made_trials


def test_mnist_numbers_follow_from_the_runs() -> None:
    summary = made_mnist([2, 4])
    assert summary.numbers["mnist.parameters"].value == 203530
    assert summary.numbers["mnist.test_accuracy"].value == pytest.approx(0.97)
    assert summary.numbers["mnist.test_accuracy"].n == 2
    assert summary.numbers["mnist.test_accuracy"].reference == 0.9805
    assert summary.numbers["mnist.test_errors"].value == 3
    assert summary.numbers["mnist.errors_in_every_run"].value == 2
    assert summary.numbers["mnist.errors_in_any_run"].value == 4
    assert summary.numbers["mnist.test_standard_error"].value == pytest.approx(100 * math.sqrt(0.97 * 0.03 / 100))
    assert summary.facts["mnist.confused"]["true"]["en"] == "0"
    assert summary.facts["mnist.confused"]["predicted"]["en"] == "1"
    assert summary.numbers["mnist.confused.share"].value == pytest.approx(6 / 50)
    assert summary.numbers["mnist.hardest.accuracy"].value == pytest.approx(44 / 50)


def test_mnist_architecture_table_counts_weights_and_biases_and_adds_them_up() -> None:
    rows = made_mnist([2]).tables["mnist_architecture"].rows
    assert [row["parameters"] for row in rows] == [200960, 2570, 203530]
    assert rows[-1]["gamma_beta"] == 512


def test_mnist_trials_are_sorted_and_the_best_one_is_marked() -> None:
    trials = made_trials(failed=True)
    summary = made_mnist([2], trials)
    rows = summary.tables["mnist_trials"].rows
    values = [row["val_accuracy"] for row in rows]
    assert values[:-1] == sorted(values[:-1], reverse=True)
    assert values[-1] is None
    assert [bool(row["mark"]) for row in rows] == [True] + [False] * 19
    assert summary.numbers["mnist.search.failed"].value == 1


def test_the_strongest_hyperparameter_is_the_one_that_decides_the_accuracy() -> None:
    summary = made_mnist([2])
    assert summary.facts["mnist.strongest"]["key"] == "learning_rate"
    assert summary.numbers["mnist.search.correlation.learning_rate"].value == pytest.approx(1)
    assert [row["key"] for row in summary.facts["mnist.significant"]] == ["learning_rate"]


def test_too_few_trials_give_no_correlation() -> None:
    assert made_mnist([2], made_trials(4)).facts["mnist.strongest"] is None


@pytest.mark.parametrize(
    ("without", "outcome"), [([8, 9, 10], "helps"), ([3, 4, 2], "undecided"), ([0, 0, 1], "hurts")]
)
def test_the_play_off_is_worth_what_it_gains_on_the_test_set(without: list[int], outcome: str) -> None:
    wrong = [4, 4, 4]
    summary = made_mnist(wrong, first=7, without=without)
    gain = summary.numbers["mnist.play_off_gain"]
    assert gain.value == pytest.approx(sum(without) / 3 - 4)
    assert gain.n == 3
    assert summary.facts["mnist.play_off"] == outcome
    assert not summary.facts["mnist.same_trial"]
    assert summary.numbers["mnist.search.first"].value == 7
    assert summary.numbers["mnist.test_accuracy.no_playoff"].value == pytest.approx(1 - sum(without) / 300)
    rows = summary.tables["mnist_results"].rows
    assert [row["mean"] for row in rows[-2:]] == pytest.approx([1 - sum(without) / 300, 0.96])


def test_the_best_trial_of_the_search_may_be_the_one_that_the_play_off_chooses() -> None:
    summary = made_mnist([2, 3])
    assert summary.facts["mnist.same_trial"]
    assert summary.numbers["mnist.play_off_gain"].value == 0
