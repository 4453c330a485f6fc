"""Regions of success and vanishing gradients follow from the runs, and turn round when they do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.report.summary import Summary
from lib.summaries import overfit

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
    assert rows[0]["val_accuracy_spread"] == pytest.approx(np.std([0.15, 0.17], ddof=1))
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


def test_summary_survives_its_file() -> None:
    summary = _overfit()
    again = Summary.from_json(summary.to_json())
    assert again.to_json() == summary.to_json()
    assert again.numbers == summary.numbers
