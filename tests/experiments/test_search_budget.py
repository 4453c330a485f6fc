"""Every rule gets the same search, and what it finds is the best of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.experiments.config.optimizers import OptimizerRun, OptimizerTrainingConfig
from lib.experiments.config.search_budget import SearchBudgetConfig
from lib.experiments.optimizers import run
from lib.experiments.printed_adam import step_lengths
from lib.experiments.search_budget import best_rate, try_rates

TRAINING = OptimizerTrainingConfig(
    training_images=100, validation_images=50, hidden=(15,), weight_scale=5e-2, batch_size=20, epochs=2
)
CONFIG = SearchBudgetConfig((1e-4, 1e-2), 3, 2)


def test_each_rate_is_trained_as_the_study_trains(colour_splits):
    trials = try_rates(colour_splits, "adam", CONFIG, TRAINING, seed=1)
    assert trials["learning_rate"].tolist() == [1e-4, 1e-3, 1e-2]
    loss, epochs = run(colour_splits, "adam", OptimizerRun(1e-3), TRAINING, seed=1)
    assert trials.loc[1, "val_accuracy"] == epochs["val_accuracy"].iloc[-1]
    assert trials.loc[1, "first_epoch_loss"] == pytest.approx(loss["loss"][:5].mean())


def test_the_best_rate_is_that_of_the_highest_mean_the_lowest_of_equals():
    rows = [(1e-3, 0.3), (1e-3, 0.5), (1e-2, 0.4), (1e-2, 0.4), (1e-1, 0.6), (1e-1, 0.1)]
    assert best_rate(pd.DataFrame(rows, columns=["learning_rate", "val_accuracy"]), "end") == 1e-3


def test_the_rate_for_speed_has_the_lowest_early_loss_and_never_diverges():
    rows = [(1e-3, 2.2), (1e-3, 2.3), (1e-2, 2.0), (1e-2, 2.1), (1e-1, 1.5), (1e-1, np.nan)]
    assert best_rate(pd.DataFrame(rows, columns=["learning_rate", "first_epoch_loss"]), "speed") == 1e-2


def test_a_diverging_rate_is_a_result(colour_splits):
    config = SearchBudgetConfig((1e-4, 1e3), 2, 1)
    with np.errstate(all="ignore"):
        trials = try_rates(colour_splits, "sgd", config, TRAINING, seed=0)
    assert trials["val_accuracy"].between(0, 1).all()


def test_seeds_of_the_search_and_of_the_ranking_are_kept_apart():
    with pytest.raises(ValueError, match="seeds: 1001; allowed: 1 to 1000"):
        SearchBudgetConfig((1e-4, 1e-2), 3, 1001)


def test_adam_moves_by_its_rate_under_a_constant_gradient_and_the_printed_order_does_not():
    assert step_lengths("adam", 5) == pytest.approx(np.ones(5), abs=1e-7)
    assert step_lengths("adam_as_printed", 5)[0] == 0
