"""Summaries of the NumPy sections: numbers follow from the results, and turn round when the results do."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.experiments.printed_adam import step_lengths
from lib.report.summaries import (
    batch_statistics,
    datasets,
    gradients,
    network,
    optimizers,
    overfit,
    printed_adam,
    search,
)
from lib.report.summary import Summary

# --- 2.1 and 2.2 -----------------------------------------------------------------------------------------


def _cells(summary: Summary, table: str, column: str) -> list[Any]:
    return [row.get(column) for row in summary.tables[table].rows]


def test_every_cell_of_the_normalisation_table_has_both_languages() -> None:
    table = network.summarise().tables["batchnorm_layernorm"]
    assert len(table.rows) >= 5
    for row in table.rows:
        assert set(row) == {"aspect", "batchnorm", "layernorm"}
        for cell in row.values():
            assert set(cell) == {"zh", "en"}
            assert all(cell.values())


def _data_summary(is_sample: bool = False) -> dict[str, Any]:
    def part(samples: int, shape: list[int]) -> dict[str, Any]:
        return {"samples": samples, "image_shape": shape, "label_shape": []}

    def data(shape: list[int], sizes: tuple[int, int, int]) -> dict[str, Any]:
        channels = shape[0]
        return {
            "source": "sample: patches" if is_sample else "official",
            "is_sample": is_sample,
            "digest": {"train": "0123456789abcdef" * 4, "test": "f" * 64},
            "class_names": [str(i) for i in range(10)],
            "splits": {name: part(n, shape) for name, n in zip(("train", "validation", "test"), sizes, strict=True)},
            "mean": [0.1 * (i + 1) for i in range(channels)],
            "std": [0.2] * channels,
        }

    return {"mnist": data([1, 28, 28], (55, 5, 10)), "cifar10": data([3, 32, 32], (45, 6, 11))}


def test_data_tables_have_a_row_for_each_split_and_each_channel() -> None:
    summary = datasets.summarise(summary=_data_summary())
    assert _cells(summary, "data_splits", "samples") == [55, 5, 10, 45, 6, 11]
    assert _cells(summary, "data_splits", "image_shape") == ["1×28×28"] * 3 + ["3×32×32"] * 3
    assert _cells(summary, "data_statistics", "mean") == pytest.approx([0.1, 0.1, 0.2, 0.3])
    assert _cells(summary, "data_statistics", "digest_train") == ["0123456789abcdef"] * 2 + ["", ""]
    assert summary.numbers["datasets.samples.cifar10.validation"].value == 6
    assert summary.facts["datasets.sets"][0]["digest"]["test"] == "f" * 64  # in full, to be checked against


def test_sample_data_are_never_called_by_the_name_of_the_real_set_alone() -> None:
    labels = _cells(datasets.summarise(summary=_data_summary(is_sample=True)), "data_splits", "dataset")
    assert all("样例" in label["zh"] and "sample" in label["en"] for label in labels)


# --- 2.3 -------------------------------------------------------------------------------------------------

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


# --- 2.4 -------------------------------------------------------------------------------------------------

SCALES = (1e-3, 1e-2, 1e-1, 1.0)
RATES = (1e-4, 1e-2, 1.0)
OVERFIT_SETTINGS = {
    "training": {"validation_images": 100},
    "networks": {
        "three": {"hidden": [50, 50], "weight_scale": 0.03, "learning_rate": 4e-3},
        "five": {"hidden": [50] * 4, "weight_scale": 0.08, "learning_rate": 3e-3},
    },
}


def _grid(works: dict[tuple[float, float], float]) -> pd.DataFrame:
    """A run's grid; ``works`` gives the accuracies that are not 0.5, by (weight scale, learning rate)."""
    rows = [(s, r, works.get((s, r), 0.5)) for s in SCALES for r in RATES]
    return pd.DataFrame(rows, columns=["weight_scale", "learning_rate", "train_accuracy"])


WIDE = {(1e-2, 1e-2): 1.0, (1e-1, 1e-2): 1.0, (1e-1, 1e-4): 1.0, (1.0, 1.0): np.nan}
NARROW = {(1e-1, 1e-4): 1.0}


def test_region_is_counted_in_cells_of_the_grid() -> None:
    # Cells are 1 decade of weight scale x 2 decades of learning rate; at 1e-2 two scales work, at 1e-4 one.
    found = overfit.region(_grid(WIDE))
    assert found["width"] == pytest.approx(2.0)
    assert found["area"] == pytest.approx(3 * 1 * 2)
    assert found["learning_rate"] == 1e-2
    assert found["at_edge"] == 0
    assert overfit.region(_grid({(1e-3, 1.0): 1.0}))["at_edge"] == 1


def test_no_success_is_a_region_of_zero_and_almost_all_right_is_no_success() -> None:
    found = overfit.region(_grid({(1e-2, 1e-2): 0.98, (1e-1, 1e-2): np.nan}))
    assert found["width"] == 0
    assert found["area"] == 0
    assert np.isnan(found["learning_rate"])


def _history(accuracies: dict[str, tuple[float, ...]], last_train: float = 1.0) -> pd.DataFrame:
    rows = []
    for network_name, values in accuracies.items():
        for seed, val in enumerate(values):
            rows.append((network_name, seed, 0, np.nan, 0.1, 0.1))
            rows.append((network_name, seed, 1, 1.0, 0.6, 0.5))
            rows.append((network_name, seed, 2, 0.2 + 0.1 * seed, last_train, val))
    names = ["network", "seed", "epoch", "loss", "train_accuracy", "val_accuracy"]
    return pd.DataFrame(rows, columns=names)


def _norms(powers: dict[str, float], seeds: int = 2) -> pd.DataFrame:
    rows = [
        (name, seed, scale, layer, (1 + seed) * scale**power, 1.0)
        for name, power in powers.items()
        for seed in range(seeds)
        for scale in SCALES
        for layer in (1, 2)
    ]
    names = ["network", "seed", "weight_scale", "layer", "gradient_norm", "activation_std"]
    return pd.DataFrame(rows, columns=names)


def _grids(regions: dict[str, list[dict[tuple[float, float], float]]]) -> pd.DataFrame:
    return pd.concat(
        _grid(works).assign(network=name, seed=seed)
        for name, runs in regions.items()
        for seed, works in enumerate(runs)
    )


def _overfit(**changes: Any) -> Summary:
    inputs: dict[str, Any] = {
        "history": _history({"three": (0.15, 0.17), "five": (0.14, 0.12)}),
        "grid": _grids({"three": [WIDE, WIDE, WIDE], "five": [NARROW, NARROW, NARROW]}),
        "gradient_norms": _norms({"three": 2, "five": 4}),
        "settings": OVERFIT_SETTINGS,
    }
    return overfit.summarise(**(inputs | changes))


def test_overfit_results_are_those_of_the_last_epoch_with_the_reference_beside_them() -> None:
    references = {
        "overfit.train_accuracy.three": 1.0,
        "overfit.train_accuracy.five": 1.0,
        "overfit.val_accuracy.three": [0.14, 0.17],
        "overfit.val_accuracy.five": [0.14, 0.17],
    }
    summary = _overfit(reference=references)
    assert summary.numbers["overfit.val_accuracy.three"].value == pytest.approx(0.16)
    assert summary.numbers["overfit.val_accuracy.three"].n == 2
    assert summary.numbers["overfit.final_loss.five"].value == pytest.approx(0.25)
    rows = summary.tables["overfit_results"].rows
    assert [row["val_reference"] for row in rows] == ["14%–17%"] * 2
    assert rows[0]["val_accuracy_spread"] == pytest.approx(100 * np.std([0.15, 0.17], ddof=1))
    assert summary.facts["overfit.all_perfect"]
    names = [column.key for column in _overfit().tables["overfit_results"].columns]
    assert "val_reference" not in names


def test_runs_that_do_not_learn_all_images_are_counted() -> None:
    summary = _overfit(history=_history({"three": (0.2, 0.2), "five": (0.2, 0.2)}, last_train=0.98))
    assert summary.numbers["overfit.perfect.three"].value == 0
    assert not summary.facts["overfit.all_perfect"]


def test_wider_region_turns_round_with_the_results() -> None:
    summary = _overfit()
    difference = summary.numbers["overfit.width_difference"]
    assert difference.value == pytest.approx(2.0 - 1.0)
    assert difference.n == 3
    assert (summary.facts["overfit.wider"], summary.facts["overfit.larger"]) == ("three", "three")
    rows = summary.tables["overfit_region"].rows
    assert [row["width"] for row in rows] == pytest.approx([2.0, 1.0, 1.0])
    assert [row["area"] for row in rows] == pytest.approx([6.0, 2.0, 4.0])
    swapped = _overfit(grid=_grids({"three": [NARROW] * 3, "five": [WIDE] * 3}))
    assert (swapped.facts["overfit.wider"], swapped.facts["overfit.larger"]) == ("five", "five")


@pytest.mark.parametrize(("three", "five"), [([WIDE], [NARROW]), ([WIDE, NARROW, NARROW], [NARROW, WIDE, NARROW])])
def test_too_few_or_contradicting_runs_decide_no_width(three: list, five: list) -> None:
    assert _overfit(grid=_grids({"three": three, "five": five})).facts["overfit.wider"] == "undecided"


def test_range_of_weight_scales_is_that_of_most_runs() -> None:
    numbers = _overfit(grid=_grids({"three": [WIDE, WIDE, NARROW], "five": [NARROW] * 3})).numbers
    assert numbers["overfit.best_learning_rate.three"].value == 1e-2
    assert numbers["overfit.lowest_scale.three"].value == 1e-2
    assert numbers["overfit.highest_scale.three"].value == 1e-1
    nothing = _overfit(grid=_grids({"three": [{}], "five": [NARROW]}))
    assert not nothing.facts["overfit.works.three"]
    assert "overfit.lowest_scale.three" not in nothing.numbers


def test_ends_at_which_five_layers_are_tighter_follow_the_grid() -> None:
    three = [{(1e-3, 1e-2): 1.0, (1e-2, 1e-2): 1.0, (1e-1, 1e-2): 1.0}] * 2
    five = [{(1e-2, 1e-2): 1.0}] * 2
    assert _overfit(grid=_grids({"three": three, "five": five})).facts["overfit.tighter"] == ["low", "high"]
    assert _overfit(grid=_grids({"three": five, "five": three})).facts["overfit.tighter"] == []
    assert _overfit(grid=_grids({"three": three, "five": [{}]})).facts["overfit.tighter"] == []


def test_gradient_slope_is_the_power_of_the_weight_scale() -> None:
    summary = _overfit()
    assert summary.numbers["overfit.gradient_slope.three"].value == pytest.approx(2)
    assert summary.numbers["overfit.gradient_slope.five"].value == pytest.approx(4)
    assert summary.numbers["overfit.power.five"].value == 4
    assert summary.numbers["overfit.gradient_range.five"].value == pytest.approx(12)
    assert summary.facts["overfit.slopes"]


def test_vanished_and_infinite_gradients_leave_the_rest_measurable() -> None:
    norms = _norms({"three": 2, "five": 4})
    norms.loc[(norms["network"] == "five") & (norms["weight_scale"] <= 1e-2), "gradient_norm"] = 0.0
    norms.loc[(norms["network"] == "three") & (norms["weight_scale"] == 1.0), "gradient_norm"] = np.inf
    summary = _overfit(gradient_norms=norms)
    assert not summary.facts["overfit.slopes"]
    assert "overfit.gradient_slope.five" not in summary.numbers
    assert summary.numbers["overfit.gradient_range.three"].value == pytest.approx(4)


# --- 2.5 -------------------------------------------------------------------------------------------------

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
    assert summary.facts["search.ranking.val_accuracy"] == ["sgd", "adam"]
    assert summary.numbers["search.val_accuracy.sgd"].value == pytest.approx(0.41)
    assert summary.numbers["search.learning_rate.adam"].value == 1e-2
    assert summary.facts["search.at_edge"] == []
    assert [row["optimizer"]["en"] for row in summary.tables["search_results"].rows] == ["SGD", "Adam"]


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


@pytest.mark.parametrize(
    "summary",
    [
        _gradients(),
        _overfit(),
        _optimizers({"sgd": 0.3, "adam": 0.4}),
        datasets.summarise(summary=_data_summary()),
    ],
    ids=["gradients", "overfit", "optimizers", "datasets"],
)
def test_summary_survives_its_file(summary: Summary) -> None:
    again = Summary.from_json(summary.to_json())
    assert again.to_json() == summary.to_json()
    assert again.numbers == summary.numbers
