"""The MNIST baseline: its size, its search, and a training that survives an interruption."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.experiments.config.mnist import MnistSearchConfig, MnistTrainingConfig
from lib.experiments.mnist import HYPERPARAMETERS, architecture, best, draw_trials, play_off, search, train

SEARCH = MnistSearchConfig(
    seed=0,
    samples=200,
    trials=3,
    finalists=2,
    hidden=(16, 8),
    epochs=2,
    batch_size=50,
    log10_learning_rate=(-4, -2),
    log10_weight_scale=(-2, -1),
    log10_regularisation=(-4, -1),
    keep_ratio=(0.7, 1.0),
)
TRAINING = MnistTrainingConfig(hidden=(32, 16), epochs=4, batch_size=50, learning_rate_decay=0.95)
BEST = {"learning_rate": 1e-2, "weight_scale": 5e-2, "regularisation": 1e-4, "keep_ratio": 0.9, "trial": 3}


class Memory:
    """Checkpoints in memory, that can stop a training after so many epochs."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.state: dict[str, Any] | None = None
        self.saved = 0
        self.stop_after = stop_after

    def load(self) -> dict[str, Any] | None:
        return self.state

    def save(self, state: dict[str, Any]) -> None:
        self.state = state
        self.saved += 1
        if self.saved == self.stop_after:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def result(digit_splits):
    return train(digit_splits, TRAINING, BEST, seed=0)


def test_network_has_the_published_number_of_parameters():
    network = architecture(replace(TRAINING, hidden=(256, 128, 64)))
    assert [row["parameters"] for row in network["layers"]] == [200_960, 32_896, 8_256, 650]
    assert [row["input_size"] for row in network["layers"]] == [784, 256, 128, 64]
    assert (network["total"], network["total_with_norm"]) == (242_762, 243_658)
    assert set(network["layers"][0]) == {
        *("name", "input_size", "output_size", "activation", "weights", "biases", "gamma_beta", "parameters")
    }


def test_trials_fill_their_ranges_evenly_on_their_scales():
    trials = pd.DataFrame(draw_trials(replace(SEARCH, trials=4000)))
    for name in ("learning_rate", "weight_scale", "regularisation"):
        low, high = getattr(SEARCH, f"log10_{name}")
        exponents = np.log10(trials[name])
        assert exponents.between(low, high).all()
        assert exponents.mean() == pytest.approx((low + high) / 2, abs=0.05 * (high - low))
    assert trials["keep_ratio"].between(0.7, 1).all()
    assert trials["keep_ratio"].mean() == pytest.approx(0.85, abs=0.01)


def test_search_is_repeatable(digit_splits):
    trials = search(digit_splits, SEARCH)
    assert list(trials.columns) == ["trial", *HYPERPARAMETERS, "val_accuracy", "best_epoch"]
    assert list(trials["trial"]) == [1, 2, 3]
    assert trials["val_accuracy"].between(0, 1).all()
    assert trials["best_epoch"].between(0, 2).all()
    assert search(digit_splits, SEARCH).equals(trials)
    assert not search(digit_splits, replace(SEARCH, seed=1))["learning_rate"].equals(trials["learning_rate"])


def test_more_trials_leave_the_first_ones_as_they_were(digit_splits):
    few, more = (search(digit_splits, replace(SEARCH, trials=trials)) for trials in (1, 2))
    assert more.head(1).equals(few)


def test_search_on_more_samples_than_there_are_is_refused(digit_splits):
    with pytest.raises(ValueError, match=r"mnist\.search\.samples is 401; allowed: 1 to 400"):
        search(digit_splits, replace(SEARCH, samples=401))


def test_best_is_the_first_trial_with_the_highest_accuracy():
    trials = pd.DataFrame(
        {"trial": [1, 2, 3, 4], "learning_rate": [1e-3, 2e-3, 3e-3, 4e-3], "val_accuracy": [0.1, np.nan, 0.9, 0.9]}
    )
    chosen = best(trials)
    assert chosen == {"trial": 3, "learning_rate": 3e-3, "val_accuracy": 0.9}
    assert type(chosen["trial"]) is int, "goes into JSON"


def test_result_belongs_to_the_best_validation_epoch(digit_splits, result):
    history, facts = result.history, result.facts
    assert list(history.columns) == ["epoch", "loss", "train_accuracy", "val_accuracy"]
    assert list(history["epoch"]) == [0, 1, 2, 3, 4]
    assert facts["best_epoch"] == history["val_accuracy"].argmax()
    assert facts["best_val_accuracy"] == history["val_accuracy"].max() > 0.9
    assert facts["final_val_accuracy"] == history["val_accuracy"].iloc[-1]
    assert result.scores.shape == (60, 10)
    assert result.scores.dtype == np.float32
    assert facts["test_accuracy"] == (result.scores.argmax(axis=1) == digit_splits.y_test).mean()
    wrong = np.flatnonzero(result.scores.argmax(axis=1) != digit_splits.y_test)
    np.testing.assert_array_equal(result.wrong_index, wrong)
    np.testing.assert_array_equal(result.wrong_images, digit_splits.x_test[wrong])
    assert result.wrong_images.shape[1:] == (1, 28, 28)


def test_an_interrupted_training_ends_like_one_that_was_not(digit_splits, result):
    memory = Memory(stop_after=2)
    with pytest.raises(KeyboardInterrupt):
        train(digit_splits, TRAINING, BEST, seed=0, checkpoints=memory)
    memory.stop_after = None
    resumed = train(digit_splits, TRAINING, BEST, seed=0, checkpoints=memory)
    assert memory.saved == TRAINING.epochs, "the epochs before the interruption are not trained again"
    assert resumed.history.equals(result.history)
    assert resumed.facts == result.facts
    np.testing.assert_array_equal(resumed.scores, result.scores)
    assert resumed.weights.keys() == result.weights.keys()
    for name, array in result.weights.items():
        np.testing.assert_array_equal(resumed.weights[name], array)


def test_a_finished_training_is_only_tested_again(digit_splits, result):
    memory = Memory()
    train(digit_splits, TRAINING, BEST, seed=0, checkpoints=memory)
    again = train(digit_splits, TRAINING, BEST, seed=0, checkpoints=memory)
    assert memory.saved == TRAINING.epochs
    np.testing.assert_array_equal(again.scores, result.scores)


def test_a_checkpoint_of_another_network_is_refused(digit_splits):
    memory = Memory()
    train(digit_splits, replace(TRAINING, epochs=1), BEST, seed=0, checkpoints=memory)
    with pytest.raises(ValueError, match="another network"):
        train(digit_splits, replace(TRAINING, hidden=(8,)), BEST, seed=0, checkpoints=memory)


def test_seeds_differ(digit_splits, result):
    other = train(digit_splits, TRAINING, BEST, seed=1)
    assert not np.array_equal(other.scores, result.scores)


def test_the_play_off_trains_the_best_trials_and_the_validation_set_decides(digit_splits):
    trials = pd.DataFrame(
        {
            "trial": [1, 2, 3],
            "learning_rate": [1e-2, 1e-7, 1e-2],  # the second leads the search but learns nothing in full
            "weight_scale": [5e-2] * 3,
            "regularisation": [1e-4] * 3,
            "keep_ratio": [0.9] * 3,
            "val_accuracy": [0.8, 0.9, 0.1],
        }
    )
    decided = play_off(digit_splits, trials, 2, TRAINING, seed=0)
    assert decided["full_val_accuracy"].isna().tolist() == [False, False, True]
    assert best(decided)["trial"] == 1
    assert best(trials)["trial"] == 2
    assert best(play_off(digit_splits, trials, 1, TRAINING, seed=0))["trial"] == 2
