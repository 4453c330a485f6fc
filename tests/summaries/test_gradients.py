"""Numbers of the gradient check follow from its errors, and turn round when they do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.report.summary import Summary
from tests.summaries.made_up_numpy import (
    PARAMETERS,
    PLAIN,
    PRINTED,
    REGULARISED,
    made_check,
    made_gradients,
    made_layers,
    made_steps,
    printed_references,
)


def test_gradient_check_table_has_the_rows_of_the_original_and_its_values_beside_ours() -> None:
    references = printed_references({"plain": 3.71e-6, "regularised": 1.41e-8})
    summary = made_gradients(reference=references)
    table = summary.tables["gradient_check"]
    assert [row["quantity"] for row in table.rows[:6]] == list(PARAMETERS)
    assert [row["quantity"]["en"] for row in table.rows[6:]] == ["Initial loss", "Mean of the rows' errors"]
    keys = [column.key for column in table.columns]
    assert keys == ["quantity", "plain", "plain_reference", "regularised", "regularised_reference"]
    assert table.rows[1]["plain_reference"] == 2.21e-5
    assert table.rows[6]["regularised_reference"] == "7.0521"
    assert table.rows[6]["regularised"] == "10.0000"
    assert summary.numbers["gradients.error.plain.W2"].reference == 2.21e-5
    without = made_gradients().tables["gradient_check"]
    assert [column.key for column in without.columns] == ["quantity", "plain", "regularised"]


def test_worst_parameter_follows_the_results() -> None:
    summary = made_gradients()
    assert summary.facts["gradients.worst_parameter.plain"] == "W2"
    assert summary.facts["gradients.worst_parameter.regularised"] == "W3"
    assert summary.facts["gradients.smaller.weights"] == ["W1", "W2"]
    assert summary.facts["gradients.larger.biases"] == ["b1", "b3"]
    swapped = made_gradients(check=made_check(REGULARISED, PLAIN))
    assert swapped.facts["gradients.worst_parameter.plain"] == "W3"
    assert swapped.facts["gradients.larger.weights"] == ["W1", "W2"]


def test_expected_initial_loss_is_the_closed_form() -> None:
    numbers = made_gradients().numbers
    # 3 x 4 + 4 x 5 = 32 weights of variance 0.25: a penalty of 2 / 2 * 8, give or take sqrt(64) * 0.25.
    assert numbers["gradients.expected_loss.plain"].value == pytest.approx(np.log(5))
    assert numbers["gradients.expected_loss.regularised"].value == pytest.approx(np.log(5) + 8)
    assert numbers["gradients.expected_spread.regularised"].value == pytest.approx(2.0)
    deviation = abs(10 - np.log(5) - 8) / 2
    assert numbers["gradients.loss_deviation.regularised"].value == pytest.approx(deviation)
    exact = np.log(5) + 2 / 2 * 8.0  # with the weights that were drawn; in units of the range of the scores
    assert numbers["gradients.closed_form.regularised"].value == pytest.approx((10 - exact) / 0.2)


def test_rounding_explains_an_error_at_an_entry_of_the_size_that_it_says() -> None:
    numbers = made_gradients().numbers
    rounding = 2.0**-53 * 1.6 / 1e-5
    assert numbers["gradients.rounding.plain"].value == pytest.approx(rounding)
    assert numbers["gradients.explained_size.plain"].value == pytest.approx(rounding / 4e-6)


def test_a_printed_mean_that_does_not_follow_from_its_rows_is_found_out() -> None:
    true_means = {key: float(np.mean(rows)) for key, rows in PRINTED.items()}
    printed = {"plain": float(f"{true_means['plain']:.2e}"), "regularised": 1.41e-8}
    summary = made_gradients(reference=printed_references(printed))
    follows = {entry["key"]: entry["follows"] for entry in summary.facts["gradients.reference_means"]}
    assert follows == {"plain": True, "regularised": False}
    gap = summary.numbers["gradients.reference_mean_gap.regularised"].value
    assert gap == pytest.approx(1 - 1.41e-8 / true_means["regularised"])
    assert made_gradients().facts["gradients.reference_means"] == []


def test_each_kind_of_network_has_one_row_with_its_worst_array() -> None:
    summary = made_gradients()
    rows = summary.tables["gradient_layers"].rows
    assert len(rows) == 3 + 2
    assert rows[2]["keep_ratio"] == "0.7"  # of dropout by itself
    assert rows[3]["numerical_error"] == 5e-7
    assert "b1" in rows[3]["quantity"]["zh"]
    assert rows[4]["autograd_error"] == 9e-14
    assert rows[4]["normalization"]["zh"] == "批归一化"
    assert summary.numbers["gradients.network.worst_numerical"].value == 2e-6
    assert summary.numbers["gradients.layers.worst_autograd"].value == 2e-15


def test_a_gradient_of_zero_has_no_error_and_does_not_count() -> None:
    layers = made_layers()
    layers.loc[layers["quantity"] == "gamma1", ["quantity", "numerical_error"]] = "b1", np.nan
    read_as_text = layers.astype(object).where(layers.notna(), "")  # how a CSV file with empty cells may arrive
    summary = made_gradients(layers=read_as_text)
    assert summary.facts["gradients.network.vanishing"] == ["b1"]
    assert "W1" in summary.tables["gradient_layers"].rows[4]["quantity"]["en"]
    assert summary.numbers["gradients.network.worst_numerical"].value == 2e-6


def test_effect_of_regularisation_is_paired_by_seed_and_turns_round_with_the_results() -> None:
    summary = made_gradients()
    assert summary.facts["gradients.direction"]["relative.weights"] == "smaller"
    assert summary.facts["gradients.direction"]["relative.biases"] == "larger"
    # The seeds differ by up to a third, their ratios agree exactly.
    change = summary.numbers["gradients.steps.change.absolute.weights"]
    assert change.value == pytest.approx(0.5)
    assert change.n == 4
    assert change.interval == pytest.approx((0.5, 0.5))
    turned = made_gradients(steps=made_steps({"weights": 2.0, "biases": 0.1}))
    assert turned.facts["gradients.direction"]["relative.weights"] == "larger"
    assert turned.facts["gradients.direction"]["absolute.biases"] == "smaller"


def test_the_regularisation_compared_is_that_of_the_check() -> None:
    steps = made_steps({"weights": 0.5, "biases": 3.0})
    stronger = steps[steps["regularisation"] > 0].assign(regularisation=100.0)
    stronger["relative_error"] *= 50
    summary = made_gradients(steps=pd.concat([steps, stronger]))
    assert summary.numbers["gradients.steps.regularisation.highest"].value == 10
    assert summary.facts["gradients.direction"]["relative.weights"] == "smaller"


def test_less_than_a_tenth_of_a_decade_is_no_direction() -> None:
    summary = made_gradients(steps=made_steps({"weights": 0.85, "biases": 1.2}))
    assert set(summary.facts["gradients.direction"].values()) == {"undecided"}


def test_one_seed_decides_nothing_about_regularisation() -> None:
    summary = made_gradients(steps=made_steps({"weights": 0.5, "biases": 3.0}, seeds=1))
    assert set(summary.facts["gradients.direction"].values()) == {"undecided"}


def test_step_curve_has_the_slopes_and_the_minimum_that_it_was_made_with() -> None:
    summary = made_gradients()
    assert summary.numbers["gradients.steps.slope.rounding"].value == pytest.approx(-1)
    assert summary.numbers["gradients.steps.slope.truncation"].value == pytest.approx(2)
    assert not summary.facts["gradients.kinks_visible"]
    best = summary.numbers["gradients.steps.best_step.relative.weights.lowest"]
    assert best.value == pytest.approx(1e-5)


def test_summary_survives_its_file() -> None:
    summary = made_gradients()
    again = Summary.from_json(summary.to_json())
    assert again.to_json() == summary.to_json()
    assert again.numbers == summary.numbers
