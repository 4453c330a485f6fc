"""Regions of success and vanishing gradients follow from the runs, and turn round when they do."""

from __future__ import annotations

import numpy as np
import pytest

from lib.report.summary import Summary
from lib.summaries import overfit
from tests.summaries.made_up_numpy import (
    NARROW,
    WIDE,
    made_cnn,
    made_grid,
    made_grids,
    made_learning,
    made_norms,
    made_overfit,
)


def test_region_is_counted_in_cells_of_the_grid() -> None:
    # Cells are 1 decade of weight scale x 2 decades of learning rate; at 1e-2 two scales work, at 1e-4 one.
    found = overfit.region(made_grid(WIDE))
    assert found["width"] == pytest.approx(2.0)
    assert found["area"] == pytest.approx(3 * 1 * 2)
    assert found["learning_rate"] == 1e-2
    assert found["at_edge"] == 0
    assert overfit.region(made_grid({(1e-3, 1.0): 1.0}))["at_edge"] == 1


def test_no_success_is_a_region_of_zero_and_almost_all_right_is_no_success() -> None:
    found = overfit.region(made_grid({(1e-2, 1e-2): 0.98, (1e-1, 1e-2): np.nan}))
    assert found["width"] == 0
    assert found["area"] == 0
    assert np.isnan(found["learning_rate"])


def test_overfit_results_are_those_of_the_last_epoch_with_the_reference_beside_them() -> None:
    references = {
        "overfit.train_accuracy.three": 1.0,
        "overfit.train_accuracy.five": 1.0,
        "overfit.val_accuracy.three": 0.167,
        "overfit.val_accuracy.five": 0.131,
    }
    summary = made_overfit(reference=references)
    assert summary.numbers["overfit.val_accuracy.three"].value == pytest.approx(0.16)
    assert summary.numbers["overfit.val_accuracy.three"].n == 2
    assert summary.numbers["overfit.final_loss.five"].value == pytest.approx(0.25)
    rows = summary.tables["overfit_results"].rows
    assert [row["val_reference"] for row in rows] == [0.167, 0.131, None]
    assert rows[0]["val_accuracy_spread"] == pytest.approx(np.std([0.15, 0.17], ddof=1))
    assert summary.facts["overfit.all_perfect"]
    names = [column.key for column in made_overfit().tables["overfit_results"].columns]
    assert "val_reference" not in names


def test_success_on_the_border_of_the_grid_is_told_with_its_side() -> None:
    inside = {(1e-2, 1e-2): 1.0, (1e-1, 1e-2): 1.0, (1e-3, 1e-2): 0.98, (1.0, 1e-2): np.nan}
    assert overfit.cut_sides(made_grid(inside)) == []
    assert overfit.cut_sides(made_grid({(1e-2, 1e-4): 1.0})) == ["low_rate"]
    # One run out of several is enough, whichever network it is of.
    grids = made_grids({"three": [inside, inside], "five": [inside, {(1e-3, 1e-2): 1.0, (1.0, 1.0): 1.0}]})
    assert made_overfit(grid=grids).facts["overfit.cut"] == ["low_scale", "high_scale", "high_rate"]


@pytest.mark.parametrize(
    ("cnn", "outcome"),
    [((0.25, 0.27, 0.3), "ahead"), ((0.05, 0.07, 0.06), "behind"), ((0.3, 0.05), "undecided"), ((0.3,), "undecided")],
)
def test_the_lead_of_the_cnn_is_paired_by_seed(cnn: tuple[float, ...], outcome: str) -> None:
    learning = made_learning({"three": (0.15, 0.17, 0.16), "five": (0.14, 0.16, 0.15)})
    summary = made_overfit(history=learning, cnn=made_cnn(*cnn))
    assert summary.facts["overfit.cnn"] == {"three": outcome, "five": outcome}
    lead = summary.numbers["overfit.cnn_lead.five"]
    assert lead.n == len(cnn)
    assert lead.value == pytest.approx(100 * (np.mean(cnn) - np.mean([0.14, 0.16, 0.15][: len(cnn)])))
    row = summary.tables["overfit_results"].rows[-1]
    assert (row["val_accuracy"], row["n"]) == (pytest.approx(np.mean(cnn)), len(cnn))
    assert summary.numbers["overfit.perfect_from.cnn"].value == 8 + len(cnn)


def test_runs_that_do_not_learn_all_images_are_counted() -> None:
    summary = made_overfit(history=made_learning({"three": (0.2, 0.2), "five": (0.2, 0.2)}, last_train=0.98))
    assert summary.numbers["overfit.perfect.three"].value == 0
    assert not summary.facts["overfit.all_perfect"]


def test_wider_region_turns_round_with_the_results() -> None:
    summary = made_overfit()
    difference = summary.numbers["overfit.width_difference"]
    assert difference.value == pytest.approx(2.0 - 1.0)
    assert difference.n == 3
    assert (summary.facts["overfit.wider"], summary.facts["overfit.larger"]) == ("three", "three")
    rows = summary.tables["overfit_region"].rows
    assert [row["width"] for row in rows] == pytest.approx([2.0, 1.0, 1.0])
    assert [row["area"] for row in rows] == pytest.approx([6.0, 2.0, 4.0])
    swapped = made_overfit(grid=made_grids({"three": [NARROW] * 3, "five": [WIDE] * 3}))
    assert (swapped.facts["overfit.wider"], swapped.facts["overfit.larger"]) == ("five", "five")


def test_a_width_that_the_grid_cuts_off_decides_no_claim() -> None:
    whole = made_overfit().numbers
    assert whole["overfit.uncut_width_difference"].runs == whole["overfit.width_difference"].runs
    cut = made_overfit(grid=made_grids({"three": [WIDE] * 3, "five": [NARROW, NARROW, {(1e-3, 1.0): 1.0}]})).numbers
    assert np.isfinite(cut["overfit.width_difference"].value)
    assert np.isnan(cut["overfit.uncut_width_difference"].value)


@pytest.mark.parametrize(("three", "five"), [([WIDE], [NARROW]), ([WIDE, NARROW, NARROW], [NARROW, WIDE, NARROW])])
def test_too_few_or_contradicting_runs_decide_no_width(three: list, five: list) -> None:
    assert made_overfit(grid=made_grids({"three": three, "five": five})).facts["overfit.wider"] == "undecided"


def test_range_of_weight_scales_is_that_of_most_runs() -> None:
    numbers = made_overfit(grid=made_grids({"three": [WIDE, WIDE, NARROW], "five": [NARROW] * 3})).numbers
    assert numbers["overfit.best_learning_rate.three"].value == 1e-2
    assert numbers["overfit.lowest_scale.three"].value == 1e-2
    assert numbers["overfit.highest_scale.three"].value == 1e-1
    nothing = made_overfit(grid=made_grids({"three": [{}], "five": [NARROW]}))
    assert not nothing.facts["overfit.works.three"]
    assert "overfit.lowest_scale.three" not in nothing.numbers


def test_ends_at_which_five_layers_are_tighter_follow_the_grid() -> None:
    three = [{(1e-3, 1e-2): 1.0, (1e-2, 1e-2): 1.0, (1e-1, 1e-2): 1.0}] * 2
    five = [{(1e-2, 1e-2): 1.0}] * 2
    assert made_overfit(grid=made_grids({"three": three, "five": five})).facts["overfit.tighter"] == ["low", "high"]
    assert made_overfit(grid=made_grids({"three": five, "five": three})).facts["overfit.tighter"] == []
    assert made_overfit(grid=made_grids({"three": three, "five": [{}]})).facts["overfit.tighter"] == []


def test_gradient_slope_is_the_power_of_the_weight_scale() -> None:
    summary = made_overfit()
    assert summary.numbers["overfit.gradient_slope.three"].value == pytest.approx(2)
    assert summary.numbers["overfit.gradient_slope.five"].value == pytest.approx(4)
    assert summary.numbers["overfit.power.five"].value == 4
    assert summary.numbers["overfit.gradient_range.five"].value == pytest.approx(12)
    assert summary.facts["overfit.slopes"]


def test_vanished_and_infinite_gradients_leave_the_rest_measurable() -> None:
    norms = made_norms({"three": 2, "five": 4})
    norms.loc[(norms["network"] == "five") & (norms["weight_scale"] <= 1e-2), "gradient_norm"] = 0.0
    norms.loc[(norms["network"] == "three") & (norms["weight_scale"] == 1.0), "gradient_norm"] = np.inf
    summary = made_overfit(gradient_norms=norms)
    assert not summary.facts["overfit.slopes"]
    assert "overfit.gradient_slope.five" not in summary.numbers
    assert summary.numbers["overfit.gradient_range.three"].value == pytest.approx(4)


def test_summary_survives_its_file() -> None:
    summary = made_overfit()
    again = Summary.from_json(summary.to_json())
    assert again.to_json() == summary.to_json()
    assert again.numbers == summary.numbers


def test_a_value_is_that_of_its_own_seed_where_an_earlier_seed_has_none() -> None:
    norms = made_norms({"three": 2, "five": 4})
    norms.loc[norms["seed"] == 0, "gradient_norm"] = 0.0
    summary = made_overfit(gradient_norms=norms)
    assert list(summary.numbers["overfit.gradient_slope.three"].runs) == ["1"]
    assert list(summary.numbers["overfit.gradient_range.five"].runs) == ["1"]
