"""Rankings of optimisers follow from the runs, and are called decided only with enough of them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.experiments.printed_adam import step_lengths
from lib.report.summary import Summary
from lib.summaries import batch_statistics, optimizers, printed_adam, search

OPTIMIZER_SETTINGS = {
    "target_loss": 1.3,
    "runs": {
        name: {"learning_rate": rate}
        for name, rate in (("sgd", 5e-3), ("sgd_momentum", 5e-3), ("adam", 1e-3), ("adam_as_printed", 1e-3))
    },
}


def _runs(finals: dict[str, float], seeds: int = 3) -> dict[str, pd.DataFrame]:
    """Two epochs of two iterations each; a final of 0.4 means loss 0.6 and 0.8 in the last epoch."""
    losses, epochs = [], []
    for name, seed in itertools.product(finals, range(seeds)):
        val = finals[name] + 0.01 * seed
        for i, loss in enumerate((2.0, 1.5, 1 - finals[name], 1.2 - finals[name]), start=1):
            losses.append((name, seed, i, loss))
        for epoch, accuracy in enumerate((0.9, val + 0.05, val)):  # the first is before training
            epochs.append((name, seed, epoch, accuracy, accuracy))
    return {
        "losses": pd.DataFrame(losses, columns=["optimizer", "seed", "iteration", "loss"]),
        "epochs": pd.DataFrame(epochs, columns=["optimizer", "seed", "epoch", "train_accuracy", "val_accuracy"]),
    }


def _optimizers(finals: dict[str, float], seeds: int = 3, **more: Any) -> Summary:
    return optimizers.summarise(**_runs(finals, seeds), settings=OPTIMIZER_SETTINGS, **more)


def test_losses_are_means_over_the_first_and_the_last_epoch() -> None:
    numbers = _optimizers({"sgd": 0.3, "adam": 0.4}).numbers
    assert numbers["optimizers.first_epoch_loss.adam"].value == pytest.approx(1.75)
    assert numbers["optimizers.final_loss.adam"].value == pytest.approx(0.7)


def test_best_accuracy_is_that_of_a_trained_epoch_and_final_that_of_the_last() -> None:
    numbers = _optimizers({"sgd": 0.3, "adam": 0.4}).numbers
    assert numbers["optimizers.val_accuracy.adam"].value == pytest.approx(0.41)
    assert numbers["optimizers.best_val_accuracy.adam"].value == pytest.approx(0.46)
    assert numbers["optimizers.val_accuracy.adam"].spread == pytest.approx(0.01)


def test_best_and_worst_optimiser_turn_round_with_the_results() -> None:
    facts = _optimizers({"sgd": 0.3, "sgd_momentum": 0.35, "adam": 0.4}).facts
    assert (facts["optimizers.best_on_all"], facts["optimizers.worst_on_all"]) == ("adam", "sgd")
    assert facts["optimizers.ranking.val_accuracy"] == ["adam", "sgd_momentum", "sgd"]
    facts = _optimizers({"sgd": 0.4, "sgd_momentum": 0.35, "adam": 0.3}).facts
    assert (facts["optimizers.best_on_all"], facts["optimizers.worst_on_all"]) == ("sgd", "adam")
    assert facts["optimizers.ranking.final_loss"] == ["sgd", "sgd_momentum", "adam"]


def test_a_winner_is_called_decided_only_with_enough_runs() -> None:
    finals = {"sgd": 0.3, "adam": 0.4}
    several = _optimizers(finals)
    assert several.facts["optimizers.decided.val_accuracy"]
    assert several.numbers["optimizers.lead.val_accuracy"].value == pytest.approx(10)  # points
    assert not _optimizers(finals, seeds=1).facts["optimizers.decided.val_accuracy"]


def test_a_diverged_optimiser_is_ranked_last() -> None:
    runs = _runs({"sgd": 0.3, "adam": 0.4})
    runs["losses"].loc[runs["losses"]["optimizer"] == "adam", "loss"] = np.nan
    facts = optimizers.summarise(**runs, settings=OPTIMIZER_SETTINGS).facts
    assert facts["optimizers.ranking.final_loss"] == ["sgd", "adam"]


def test_optimizer_table_has_a_row_for_each_run_and_the_reference_where_there_is_one() -> None:
    finals = {"adam_as_printed": 0.4, "adam": 0.4, "sgd": 0.3}
    summary = _optimizers(finals, reference={"optimizers.val_accuracy.sgd": 0.319})
    rows = summary.tables["optimizer_results"].rows
    assert [row["optimizer"]["en"] for row in rows] == ["SGD", "Adam", "Adam as printed"]
    assert [row["reference"] for row in rows] == [0.319, None, None]
    assert [row["learning_rate"] for row in rows] == [5e-3, 1e-3, 1e-3]
    assert rows[0]["n"] == 3
    assert "reference" not in _optimizers(finals).tables["optimizer_results"].rows[0]


def test_changed_learning_rates_are_not_called_the_original_ones() -> None:
    runs = _runs({"sgd": 0.3, "adam": 0.4})
    changed = {"target_loss": 1.3, "runs": {"sgd": {"learning_rate": 1e-2}, "adam": {"learning_rate": 1e-3}}}
    assert optimizers.summarise(**runs, settings=OPTIMIZER_SETTINGS).facts["optimizers.original_rates"]
    assert not optimizers.summarise(**runs, settings=changed).facts["optimizers.original_rates"]


def test_iterations_to_a_loss_count_to_the_end_of_the_window_that_reaches_it() -> None:
    losses = np.concatenate([np.full(30, 2.0), np.full(30, 1.0)])
    # A window of 20 has a mean of 1.5 when half of it lies after iteration 30.
    assert optimizers.iterations_to(losses, 1.5) == 40
    assert optimizers.iterations_to(losses, 0.9) == 61
    assert optimizers.iterations_to(np.full(5, np.nan), 1.0) == 6
    assert optimizers.iterations_to(losses[:10], 2.0) == 10  # fewer iterations than the window


def _searched(chosen: dict[str, float]) -> Summary:
    rates = {1e-3: 0.2, 1e-2: 0.4, 1e-1: 0.3}
    rows = [(name, seed, rate, val) for name in ("sgd", "adam") for seed in (0, 1) for rate, val in rates.items()]
    return search.summarise(
        trials=pd.DataFrame(rows, columns=["optimizer", "seed", "learning_rate", "val_accuracy"]),
        chosen={name: {"learning_rate": rate} for name, rate in chosen.items()},
        **_runs({"sgd": 0.4, "adam": 0.3}),
        target_loss=1.3,
    )


def test_the_search_has_numbers_and_an_order_of_its_own() -> None:
    summary = _searched({"sgd": 1e-2, "adam": 1e-2})
    assert summary.facts["search_budget.ranking.val_accuracy"] == ["sgd", "adam"]
    assert summary.numbers["search_budget.val_accuracy.sgd"].value == pytest.approx(0.41)
    assert summary.numbers["search_budget.learning_rate.adam"].value == 1e-2
    assert summary.facts["search_budget.at_edge"] == []
    assert [row["optimizer"]["en"] for row in summary.tables["search_budget_results"].rows] == ["SGD", "Adam"]


def test_a_rate_that_the_search_did_not_choose_is_refused() -> None:
    with pytest.raises(ValueError, match="adam: 0.001 is not the best rate of its search"):
        _searched({"sgd": 1e-2, "adam": 1e-3})


def test_the_printed_adam_is_compared_seed_by_seed() -> None:
    accuracies = {"adam": {0: 0.98, 1: 0.97}, "adam_as_printed": {0: 0.979, 1: 0.975}}
    summary = printed_adam.summarise(accuracies=accuracies, steps=50)
    assert list(summary.numbers["printed_adam.test_difference"].runs.values()) == pytest.approx([-0.1, 0.5])
    assert summary.numbers["printed_adam.step_error"].value == 1  # it does not move in the first step
    assert summary.numbers["printed_adam.step_error_real"].value < 1e-7


def test_changes_with_batch_statistics_are_against_the_running_ones() -> None:
    values = {"batchnorm": {"running": 0.98, 1: 0.1, 8: 0.9}, "layernorm": {"running": 0.97, 1: 0.97, 8: 0.971}}
    rows = [
        (name, seed, "running" if size == "running" else "batch", 100 if size == "running" else size, value)
        for name, by_size in values.items()
        for seed in (0, 1)
        for size, value in by_size.items()
    ]
    table = pd.DataFrame(rows, columns=["normalization", "seed", "statistics", "batch_size", "accuracy"])
    numbers = batch_statistics.summarise(table).numbers
    assert numbers["batch_statistics.change.batchnorm.1"].value == pytest.approx(-88)
    assert numbers["batch_statistics.change.batchnorm.8"].value == pytest.approx(-8)
    assert numbers["batch_statistics.change.layernorm"].value == pytest.approx(0.1)
    assert numbers["batch_statistics.accuracy.layernorm.running"].n == 2


def test_printed_adam_stands_still_first_and_follows_the_closed_form() -> None:
    t = np.arange(1, 6)
    first = (1 - 0.9 ** (t - 1)) / (1 - 0.9**t)
    second = (1 - 0.999 ** (t - 1)) / (1 - 0.999**t)
    expected = np.append(0.0, first[1:] / np.sqrt(second[1:]))
    np.testing.assert_allclose(step_lengths("adam_as_printed", 5), expected, atol=1e-6)


def test_summary_survives_its_file() -> None:
    summary = _optimizers({"sgd": 0.3, "adam": 0.4})
    again = Summary.from_json(summary.to_json())
    assert again.to_json() == summary.to_json()
    assert again.numbers == summary.numbers
