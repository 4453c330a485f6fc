"""Numbers of the gradient check follow from its errors, and turn round when they do."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.report.summary import Summary
from lib.summaries import gradients

PARAMETERS = ("W1", "W2", "W3", "b1", "b2", "b3")
PLAIN = (1e-7, 4e-6, 2e-7, 5e-9, 2e-9, 5e-11)
REGULARISED = (1e-8, 6e-8, 3e-7, 1e-8, 1e-9, 2e-10)
GRADIENT_SETTINGS = {"check": {"input_size": 3, "hidden": [4], "classes": 5, "weight_scale": 0.5}}
# The errors as the original report printed them, with the means that it printed below them.
PRINTED = {
    "plain": (1.48e-7, 2.21e-5, 3.53e-7, 5.38e-9, 2.09e-9, 5.80e-11),
    "regularised": (1.14e-8, 6.87e-8, 3.48e-8, 1.48e-8, 1.72e-9, 1.80e-10),
}


def _references(means: dict[str, float]) -> dict[str, Any]:
    values: dict[str, Any] = {"gradients.loss.plain": 2.3005, "gradients.loss.regularised": 7.0521}
    for key, rows in PRINTED.items():
        values |= {f"gradients.error.{key}.{p}": e for p, e in zip(PARAMETERS, rows, strict=True)}
        values[f"gradients.mean_error.{key}"] = means[key]
    return values


def _check(plain: tuple[float, ...] = PLAIN, regularised: tuple[float, ...] = REGULARISED) -> dict[str, Any]:
    columns = [
        {
            "regularisation": strength,
            "initial_loss": loss,
            "squared_weights": 8.0,
            "score_range": 0.2,
            "errors": dict(zip(PARAMETERS, errors, strict=True)),
            "mean_error": float(np.mean(errors)),
        }
        for strength, loss, errors in ((0, 1.6, plain), (2, 10.0, regularised))
    ]
    return {"step": 1e-5, "columns": columns}


def _layers() -> pd.DataFrame:
    rows = [
        ("affine", "", np.nan, np.nan, "x", 1e-9, 1e-15),
        ("affine", "", np.nan, np.nan, "w", 3e-9, 2e-15),
        ("dropout", "", 0.7, np.nan, "x", 1e-10, 0.0),
        ("network", "none", 1.0, 0.0, "W1", 1e-7, 1e-14),
        ("network", "none", 1.0, 0.0, "b1", 5e-7, 1e-15),
        ("network", "batchnorm", 0.7, 0.0, "W1", 2e-6, 3e-14),
        ("network", "batchnorm", 0.7, 0.0, "gamma1", 1e-8, 9e-14),
    ]
    names = [
        "subject",
        "normalization",
        "keep_ratio",
        "regularisation",
        "quantity",
        "numerical_error",
        "autograd_error",
    ]
    return pd.DataFrame(rows, columns=names)


def _steps(factor: dict[str, float], seeds: int = 4) -> pd.DataFrame:
    """Rounding falls as 1 / h up to 1e-5, truncation grows as h^2 from there; ``factor`` is the penalty's."""
    rows = []
    for seed, strength, step, group in itertools.product(
        range(seeds), (0.0, 10.0), 10.0 ** np.arange(-8, -1), ("weights", "biases")
    ):
        error = max(1e-15 / step, (step / 1e-5) ** 2 * 1e-10) * 1.1**seed
        error *= factor[group] if strength else 1
        rows.append((seed, strength, step, group, error, 100 * error))
    names = ["seed", "regularisation", "step", "group", "absolute_error", "relative_error"]
    return pd.DataFrame(rows, columns=names)


def _gradients(**changes: Any) -> Summary:
    inputs: dict[str, Any] = {
        "check": _check(),
        "layers": _layers(),
        "steps": _steps({"weights": 0.5, "biases": 3.0}),
        "settings": GRADIENT_SETTINGS,
    }
    return gradients.summarise(**(inputs | changes))


def test_gradient_check_table_has_the_rows_of_the_original_and_its_values_beside_ours() -> None:
    references = _references({"plain": 3.71e-6, "regularised": 1.41e-8})
    summary = _gradients(reference=references)
    table = summary.tables["gradient_check"]
    assert [row["quantity"] for row in table.rows[:6]] == list(PARAMETERS)
    assert [row["quantity"]["en"] for row in table.rows[6:]] == ["Initial loss", "Mean of the rows' errors"]
    keys = [column.key for column in table.columns]
    assert keys == ["quantity", "plain", "plain_reference", "regularised", "regularised_reference"]
    assert table.rows[1]["plain_reference"] == r"$2.21 \times 10^{-5}$"
    assert table.rows[6]["regularised_reference"] == "7.0521"
    assert table.rows[6]["regularised"] == "10.0000"
    assert summary.numbers["gradients.error.plain.W2"].reference == 2.21e-5
    without = _gradients().tables["gradient_check"]
    assert [column.key for column in without.columns] == ["quantity", "plain", "regularised"]


def test_worst_parameter_follows_the_results() -> None:
    summary = _gradients()
    assert summary.facts["gradients.worst_parameter.plain"] == "W2"
    assert summary.facts["gradients.worst_parameter.regularised"] == "W3"
    assert summary.facts["gradients.smaller.weights"] == ["W1", "W2"]
    assert summary.facts["gradients.larger.biases"] == ["b1", "b3"]
    swapped = _gradients(check=_check(REGULARISED, PLAIN))
    assert swapped.facts["gradients.worst_parameter.plain"] == "W3"
    assert swapped.facts["gradients.larger.weights"] == ["W1", "W2"]


def test_expected_initial_loss_is_the_closed_form() -> None:
    numbers = _gradients().numbers
    # 3 x 4 + 4 x 5 = 32 weights of variance 0.25: a penalty of 2 / 2 * 8, give or take sqrt(64) * 0.25.
    assert numbers["gradients.expected_loss.plain"].value == pytest.approx(np.log(5))
    assert numbers["gradients.expected_loss.regularised"].value == pytest.approx(np.log(5) + 8)
    assert numbers["gradients.expected_spread.regularised"].value == pytest.approx(2.0)
    deviation = abs(10 - np.log(5) - 8) / 2
    assert numbers["gradients.loss_deviation.regularised"].value == pytest.approx(deviation)
    exact = np.log(5) + 2 / 2 * 8.0  # with the weights that were drawn; in units of the range of the scores
    assert numbers["gradients.closed_form.regularised"].value == pytest.approx((10 - exact) / 0.2)


def test_rounding_explains_an_error_at_an_entry_of_the_size_that_it_says() -> None:
    numbers = _gradients().numbers
    rounding = 2.0**-53 * 1.6 / 1e-5
    assert numbers["gradients.rounding.plain"].value == pytest.approx(rounding)
    assert numbers["gradients.explained_size.plain"].value == pytest.approx(rounding / 4e-6)


def test_a_printed_mean_that_does_not_follow_from_its_rows_is_found_out() -> None:
    true_means = {key: float(np.mean(rows)) for key, rows in PRINTED.items()}
    printed = {"plain": float(f"{true_means['plain']:.2e}"), "regularised": 1.41e-8}
    summary = _gradients(reference=_references(printed))
    follows = {entry["key"]: entry["follows"] for entry in summary.facts["gradients.reference_means"]}
    assert follows == {"plain": True, "regularised": False}
    gap = summary.numbers["gradients.reference_mean_gap.regularised"].value
    assert gap == pytest.approx(1 - 1.41e-8 / true_means["regularised"])
    assert _gradients().facts["gradients.reference_means"] == []


def test_each_kind_of_network_has_one_row_with_its_worst_array() -> None:
    summary = _gradients()
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
    layers = _layers()
    layers.loc[layers["quantity"] == "gamma1", ["quantity", "numerical_error"]] = "b1", np.nan
    read_as_text = layers.astype(object).where(layers.notna(), "")  # how a CSV file with empty cells may arrive
    summary = _gradients(layers=read_as_text)
    assert summary.facts["gradients.network.vanishing"] == ["b1"]
    assert "W1" in summary.tables["gradient_layers"].rows[4]["quantity"]["en"]
    assert summary.numbers["gradients.network.worst_numerical"].value == 2e-6


def test_effect_of_regularisation_is_paired_by_seed_and_turns_round_with_the_results() -> None:
    summary = _gradients()
    assert summary.facts["gradients.direction"]["relative.weights"] == "smaller"
    assert summary.facts["gradients.direction"]["relative.biases"] == "larger"
    # The seeds differ by up to a third, their ratios agree exactly.
    change = summary.numbers["gradients.steps.change.absolute.weights"]
    assert change.value == pytest.approx(0.5)
    assert change.n == 4
    assert change.interval == pytest.approx((0.5, 0.5))
    turned = _gradients(steps=_steps({"weights": 2.0, "biases": 0.1}))
    assert turned.facts["gradients.direction"]["relative.weights"] == "larger"
    assert turned.facts["gradients.direction"]["absolute.biases"] == "smaller"


def test_one_seed_decides_nothing_about_regularisation() -> None:
    summary = _gradients(steps=_steps({"weights": 0.5, "biases": 3.0}, seeds=1))
    assert set(summary.facts["gradients.direction"].values()) == {"undecided"}


def test_step_curve_has_the_slopes_and_the_minimum_that_it_was_made_with() -> None:
    summary = _gradients()
    assert summary.numbers["gradients.steps.slope.rounding"].value == pytest.approx(-1)
    assert summary.numbers["gradients.steps.slope.truncation"].value == pytest.approx(2)
    assert not summary.facts["gradients.kinks_visible"]
    best = summary.numbers["gradients.steps.best_step.relative.weights.lowest"]
    assert best.value == pytest.approx(1e-5)


def test_summary_survives_its_file() -> None:
    summary = _gradients()
    again = Summary.from_json(summary.to_json())
    assert again.to_json() == summary.to_json()
    assert again.numbers == summary.numbers
