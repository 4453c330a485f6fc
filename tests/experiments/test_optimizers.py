"""Optimisers are compared on equal terms."""

from __future__ import annotations

import numpy as np
import pytest

from lib.experiments.config.optimizers import OptimizerRun, OptimizerTrainingConfig
from lib.experiments.optimizers import run

TRAINING = OptimizerTrainingConfig(
    training_images=100, validation_images=50, hidden=(15, 15), weight_scale=5e-2, batch_size=20, epochs=3
)
RATES = {"sgd": 1e-3, "sgd_momentum": 1e-3, "rmsprop": 1e-3, "adam": 1e-3, "adam_as_printed": 1e-3}


@pytest.fixture(scope="module")
def runs(colour_splits):
    return {name: run(colour_splits, name, OptimizerRun(rate), TRAINING, seed=0) for name, rate in RATES.items()}


def test_there_is_a_loss_per_iteration_and_accuracies_per_epoch(runs):
    for loss, epochs in runs.values():
        assert list(loss.columns) == ["iteration", "loss"]
        assert list(loss["iteration"]) == list(range(1, 16))
        assert list(epochs.columns) == ["epoch", "train_accuracy", "val_accuracy"]
        assert list(epochs["epoch"]) == [0, 1, 2, 3]
        assert epochs[["train_accuracy", "val_accuracy"]].stack().between(0, 1).all()


def test_all_start_from_the_same_weights_and_images(runs):
    assert len({loss["loss"].iloc[0] for loss, _ in runs.values()}) == 1
    assert len({tuple(epochs.iloc[0]) for _, epochs in runs.values()}) == 1


def test_each_goes_its_own_way(runs):
    assert len({loss["loss"].iloc[-1] for loss, _ in runs.values()}) == len(runs)


def test_printed_adam_takes_its_first_step_late(runs):
    """Same weights, first step of zero: its second loss is that of the starting weights on the second batch."""
    still, _ = runs["adam_as_printed"]
    moved, _ = runs["adam"]
    assert still["loss"].iloc[0] == moved["loss"].iloc[0]
    assert still["loss"].iloc[1] > moved["loss"].iloc[1]


def test_they_learn(runs):
    for name in ("sgd_momentum", "adam"):
        loss, epochs = runs[name]
        assert loss["loss"].iloc[-1] < loss["loss"].iloc[0]
        assert epochs["train_accuracy"].iloc[-1] > epochs["train_accuracy"].iloc[0]


def test_a_run_repeats_with_its_seed(colour_splits, runs):
    for first, again in zip(runs["adam"], run(colour_splits, "adam", OptimizerRun(1e-3), TRAINING, 0), strict=True):
        assert first.equals(again)
    other, _ = run(colour_splits, "adam", OptimizerRun(1e-3), TRAINING, seed=1)
    assert not np.array_equal(other["loss"], runs["adam"][0]["loss"])


def test_an_unknown_optimiser_is_named_with_those_there_are(colour_splits):
    with pytest.raises(ValueError, match="adamw.*allowed: sgd, sgd_momentum, rmsprop, adam, adam_as_printed"):
        run(colour_splits, "adamw", OptimizerRun(1e-3), TRAINING, seed=0)
