"""Rankings of optimisers follow from the runs, and are called decided only with enough of them."""

from __future__ import annotations

import numpy as np
import pytest

from lib.experiments.printed_adam import step_lengths
from lib.report.summary import Summary
from lib.summaries import optimizers
from tests.summaries.made_up_numpy import (
    TARGET_LOSSES,
    made_batch_statistics,
    made_optimizers,
    made_printed_adam,
    made_runs,
    made_search_budget,
)


def test_losses_are_means_over_the_first_and_the_last_epoch() -> None:
    numbers = made_optimizers({"sgd": 0.3, "adam": 0.4}).numbers
    assert numbers["optimizers.first_epoch_loss.adam"].value == pytest.approx(1.75)
    assert numbers["optimizers.final_loss.adam"].value == pytest.approx(0.7)


def test_best_accuracy_is_that_of_a_trained_epoch_and_final_that_of_the_last() -> None:
    numbers = made_optimizers({"sgd": 0.3, "adam": 0.4}).numbers
    assert numbers["optimizers.val_accuracy.adam"].value == pytest.approx(0.41)
    assert numbers["optimizers.best_val_accuracy.adam"].value == pytest.approx(0.46)
    assert numbers["optimizers.val_accuracy.adam"].spread == pytest.approx(0.01)


def test_best_and_worst_optimiser_turn_round_with_the_results() -> None:
    facts = made_optimizers({"sgd": 0.3, "sgd_momentum": 0.35, "adam": 0.4}).facts
    assert (facts["optimizers.first_on_all"], facts["optimizers.last_on_all"]) == ("adam", "sgd")
    assert facts["optimizers.ranking.val_accuracy"] == ["adam", "sgd_momentum", "sgd"]
    facts = made_optimizers({"sgd": 0.4, "sgd_momentum": 0.35, "adam": 0.3}).facts
    assert (facts["optimizers.first_on_all"], facts["optimizers.last_on_all"]) == ("sgd", "adam")
    assert facts["optimizers.ranking.final_loss"] == ["sgd", "sgd_momentum", "adam"]


def test_an_optimiser_is_called_first_only_with_enough_runs() -> None:
    finals = {"sgd": 0.3, "adam": 0.4}
    several = made_optimizers(finals)
    assert several.facts["optimizers.first.val_accuracy"] == "adam"
    assert several.facts["optimizers.last.val_accuracy"] == "sgd"
    assert several.numbers["optimizers.lead.val_accuracy"].value == pytest.approx(10)  # points
    assert several.numbers["optimizers.lead.final_loss"].value == pytest.approx(0.1)  # lower is ahead
    one = made_optimizers(finals, seeds=1)
    assert one.facts["optimizers.first.val_accuracy"] == ""
    assert not one.facts["optimizers.compared.val_accuracy"]


def test_none_is_called_first_or_last_whose_lead_has_zero_in_its_interval() -> None:
    runs = made_runs({"sgd": 0.3, "adam": 0.3})
    runs["epochs"].loc[(runs["epochs"]["optimizer"] == "adam") & (runs["epochs"]["seed"] == 0), "val_accuracy"] += 0.1
    facts = made_optimizers({}, losses=runs["losses"], epochs=runs["epochs"]).facts
    assert facts["optimizers.ranking.val_accuracy"] == ["adam", "sgd"]
    assert facts["optimizers.compared.val_accuracy"]
    assert (facts["optimizers.first.val_accuracy"], facts["optimizers.last.val_accuracy"]) == ("", "")
    assert (facts["optimizers.first_on_all"], facts["optimizers.last_on_all"]) == ("", "")


def test_an_order_is_told_only_where_all_pairs_across_it_are_decided() -> None:
    runs = made_runs({"sgd": 0.2, "rmsprop": 0.4, "adam": 0.4})
    adam = runs["epochs"]["optimizer"] == "adam"
    runs["epochs"].loc[adam & (runs["epochs"]["seed"] == 0), "val_accuracy"] += 0.1
    facts = made_optimizers({}, losses=runs["losses"], epochs=runs["epochs"]).facts
    assert facts["optimizers.tiers.val_accuracy"] == [["adam", "rmsprop"], ["sgd"]]
    facts = made_optimizers({"sgd": 0.2, "rmsprop": 0.3, "adam": 0.4}).facts
    assert facts["optimizers.tiers.final_loss"] == [["adam"], ["rmsprop"], ["sgd"]]
    assert made_optimizers({"sgd": 0.2, "adam": 0.4}, seeds=1).facts["optimizers.tiers.final_loss"] == [["adam", "sgd"]]


def test_one_run_that_never_reaches_a_loss_leaves_no_mean_and_no_lead() -> None:
    runs = made_runs({"sgd": 0.3, "adam": 0.4})
    runs["losses"].loc[(runs["losses"]["optimizer"] == "sgd") & (runs["losses"]["seed"] == 0), "loss"] = 2.0
    summary = made_optimizers({}, losses=runs["losses"], epochs=runs["epochs"])
    assert summary.numbers["optimizers.iterations_to_loss_1.adam"].value == 4
    assert summary.numbers["optimizers.iterations_to_loss_1.sgd"].value == np.inf
    assert summary.facts["optimizers.ranking.iterations_to_loss_1"] == ["adam", "sgd"]
    assert not summary.facts["optimizers.compared.iterations_to_loss_1"]
    assert summary.facts["optimizers.first.iterations_to_loss_1"] == ""  # three seeds are too few to count


def test_the_only_one_that_gets_to_a_loss_is_first_with_seeds_enough() -> None:
    runs = made_runs({"sgd": 0.3, "adam": 0.4}, seeds=6)
    runs["losses"].loc[runs["losses"]["optimizer"] == "sgd", "loss"] = 2.0
    facts = made_optimizers({}, losses=runs["losses"], epochs=runs["epochs"]).facts
    assert facts["optimizers.first.iterations_to_loss_1"] == "adam"
    assert facts["optimizers.last.iterations_to_loss_1"] == "sgd"


def test_a_lead_is_that_of_its_own_seed() -> None:
    runs = {
        name: table.assign(seed=table["seed"] + 1000) for name, table in made_runs({"sgd": 0.3, "adam": 0.4}).items()
    }
    summary = made_optimizers({}, **runs)
    assert list(summary.numbers["optimizers.lead.val_accuracy"].runs) == ["1000", "1001", "1002"]


def test_a_diverged_optimiser_is_ranked_last() -> None:
    runs = made_runs({"sgd": 0.3, "adam": 0.4})
    runs["losses"].loc[runs["losses"]["optimizer"] == "adam", "loss"] = np.nan
    facts = made_optimizers({}, losses=runs["losses"], epochs=runs["epochs"]).facts
    assert facts["optimizers.ranking.final_loss"] == ["sgd", "adam"]


def test_optimizer_table_has_a_row_for_each_run_and_the_reference_where_there_is_one() -> None:
    finals = {"adam_as_printed": 0.4, "adam": 0.4, "sgd": 0.3}
    summary = made_optimizers(finals, reference={"optimizers.val_accuracy.sgd": 0.319})
    rows = summary.tables["optimizer_results"].rows
    assert [row["optimizer"]["en"] for row in rows] == ["SGD", "Adam", "Adam as printed"]
    assert [row["reference"] for row in rows] == [0.319, None, None]
    assert [row["learning_rate"] for row in rows] == [5e-3, 1e-3, 1e-3]
    assert rows[0]["n"] == 3
    assert "reference" not in made_optimizers(finals).tables["optimizer_results"].rows[0]


def test_changed_learning_rates_are_not_called_the_original_ones() -> None:
    finals = {"sgd": 0.3, "adam": 0.4}
    changed = {
        "target_losses": TARGET_LOSSES,
        "runs": {"sgd": {"learning_rate": 1e-2}, "adam": {"learning_rate": 1e-3}},
    }
    assert made_optimizers(finals).facts["optimizers.original_rates"]
    assert not made_optimizers(finals, settings=changed).facts["optimizers.original_rates"]


def test_iterations_to_a_loss_count_to_the_end_of_the_window_that_reaches_it() -> None:
    losses = np.concatenate([np.full(30, 2.0), np.full(30, 1.0)])
    # A window of 20 has a mean of 1.5 when half of it lies after iteration 30.
    assert optimizers.iterations_to(losses, 1.5) == 40
    assert optimizers.iterations_to(losses, 0.9) == np.inf
    assert optimizers.iterations_to(np.full(5, np.nan), 1.0) == np.inf
    assert optimizers.iterations_to(losses[:10], 2.0) == 10  # fewer iterations than the window


def test_the_search_has_numbers_and_an_order_of_its_own_for_speed_and_for_the_end() -> None:
    summary = made_search_budget({"sgd": 1e-2, "adam": 1e-2})
    assert summary.facts["search_budget.end.ranking.val_accuracy"] == ["sgd", "adam"]
    assert summary.facts["search_budget.speed.ranking.val_accuracy"] == ["adam", "sgd"]
    assert summary.numbers["search_budget.end.val_accuracy.sgd"].value == pytest.approx(0.41)
    assert summary.numbers["search_budget.end.val_accuracy.sgd"].source[0] == "search_budget/sgd/end/seed0/loss.csv"
    rates = {key: number.value for key, number in summary.numbers.items() if "learning_rate.adam" in key}
    assert rates == {"search_budget.speed.learning_rate.adam": 1e-1, "search_budget.end.learning_rate.adam": 1e-2}
    assert summary.facts["search_budget.end.at_edge"] == []
    rows = summary.tables["search_budget_results"].rows
    assert [(row["criterion"]["en"], row["optimizer"]["en"], row["learning_rate"]) for row in rows] == [
        ("speed", "SGD", 1e-1),
        ("speed", "Adam", 1e-1),
        ("the end", "SGD", 1e-2),
        ("the end", "Adam", 1e-2),
    ]


def test_a_rate_that_the_search_did_not_choose_is_refused() -> None:
    with pytest.raises(ValueError, match="adam: 0.001 is not the best rate of its search for the end"):
        made_search_budget({"sgd": 1e-2, "adam": 1e-3})
    with pytest.raises(ValueError, match="adam: 0.01 is not the best rate of its search for the speed"):
        made_search_budget({"sgd": 1e-2, "adam": 1e-2}, early={"sgd": 1e-1, "adam": 1e-2})


def test_the_printed_adam_is_compared_seed_by_seed() -> None:
    summary = made_printed_adam(adam=[0.98, 0.97], as_printed=[0.979, 0.975])
    assert list(summary.numbers["printed_adam.test_difference"].runs.values()) == pytest.approx([-0.1, 0.5])
    assert summary.numbers["printed_adam.step_error"].value == 1  # it does not move in the first step
    assert summary.numbers["printed_adam.step_error_real"].value < 1e-7


@pytest.mark.parametrize(
    ("as_printed", "outcome"),
    [([0.979, 0.98, 0.9795], "better"), ([0.949, 0.95, 0.9495], "worse"), ([0.96, 0.98, 0.97], "undecided")],
)
def test_the_printed_adam_is_called_better_or_worse_only_with_an_interval(as_printed, outcome) -> None:
    summary = made_printed_adam(adam=[0.969, 0.97, 0.9695], as_printed=as_printed)
    assert summary.facts["printed_adam.printed"] == outcome
    one = made_printed_adam(adam=[0.97], as_printed=[0.9])
    assert one.facts["printed_adam.printed"] == "undecided"


def test_changes_with_batch_statistics_are_against_the_running_ones() -> None:
    batch, layer = {"running": 0.98, 1: 0.1, 8: 0.9}, {"running": 0.97, 1: 0.97, 8: 0.971}
    numbers = made_batch_statistics(batch, layer, seeds=2).numbers
    assert numbers["batch_statistics.change.batchnorm.1"].value == pytest.approx(-88)
    assert numbers["batch_statistics.change.batchnorm.8"].value == pytest.approx(-8)
    assert numbers["batch_statistics.change.layernorm"].value == pytest.approx(0.1)
    assert numbers["batch_statistics.accuracy.layernorm.running"].n == 2
    error = 100 * (0.08 * 0.92 / 1000) ** 0.5  # of a paired change in which 80 of 1,000 images are lost
    assert numbers["batch_statistics.change.batchnorm.8"].image_error == pytest.approx(error)


def test_printed_adam_stands_still_first_and_follows_the_closed_form() -> None:
    t = np.arange(1, 6)
    first = (1 - 0.9 ** (t - 1)) / (1 - 0.9**t)
    second = (1 - 0.999 ** (t - 1)) / (1 - 0.999**t)
    expected = np.append(0.0, first[1:] / np.sqrt(second[1:]))
    np.testing.assert_allclose(step_lengths("adam_as_printed", 5), expected, atol=1e-6)


def test_summary_survives_its_file() -> None:
    summary = made_optimizers({"sgd": 0.3, "adam": 0.4})
    again = Summary.from_json(summary.to_json())
    assert again.to_json() == summary.to_json()
    assert again.numbers == summary.numbers


def test_an_optimiser_without_a_label_is_named() -> None:
    with pytest.raises(ValueError, match=r"^adagrad: no label; give it one in LABELS of lib/summaries/optimizers\.py$"):
        made_optimizers({"sgd": 0.3, "adagrad": 0.4})
