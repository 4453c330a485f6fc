"""Drops from colour to gray are paired, compared on every scale, and never made up."""

from __future__ import annotations

import math

import pytest

from lib.summaries import gray
from tests.summaries.made_up import SEEDS, made_architectures, made_cifar, made_gray, made_history, made_test


def test_gray_drops_are_paired_by_seed() -> None:
    summary = made_gray(SEEDS)
    drop = summary.numbers["gray.drop.mlp"]
    assert (drop.value, drop.n) == (pytest.approx(11), 2)  # (10 + 12) / 2; the seed without a partner is left out
    assert drop.spread == pytest.approx(math.sqrt(2))
    assert summary.numbers["gray.error_ratio.cnn"].value == pytest.approx(1.4)
    expected = math.log(0.9 / 0.1) - math.log(0.86 / 0.14)
    assert summary.numbers["gray.log_odds_drop.cnn"].value == pytest.approx(expected)
    assert summary.numbers["gray.drop_standard_error.cnn"].value == pytest.approx(
        100 * math.sqrt((4 - 0.16) / 100 / 99)
    )
    assert summary.numbers["gray.val_accuracy.cnn"].value == 0.6
    assert summary.numbers["gray.kept.mlp"].value == pytest.approx((50 / 60 + 44 / 56) / 2)
    assert summary.numbers["gray.kept.cnn"].value == pytest.approx(86 / 90)


def test_gray_says_which_model_loses_more_on_each_scale() -> None:
    summary = made_gray(SEEDS)
    assert summary.facts["gray.larger_drop"] == "mlp"
    assert summary.facts["gray.larger_error_ratio"] == "cnn"
    assert summary.facts["gray.measures_agree"] is False
    swap = {"mlp": "cnn", "cnn": "mlp"}
    swapped = made_gray({f"{swap[arm[:3]]}{arm[3:]}": counts for arm, counts in SEEDS.items()})
    assert swapped.facts["gray.larger_drop"] == "cnn"
    assert swapped.facts["gray.larger_error_ratio"] == "mlp"


def test_a_drop_has_a_direction_where_its_interval_leaves_zero_out() -> None:
    facts = made_gray(SEEDS | {"mlp-gray": [50, 56, 61]}).facts["gray.direction"]
    assert facts["drop.mlp"] == "up"
    assert facts["drop.cnn"] == facts["mlp_less_cnn.drop"] == "open"  # one training each
    better = {"mlp-rgb": [50, 56, 53], "mlp-gray": [40, 44, 42], "cnn-rgb": [10, 20], "cnn-gray": [20, 10]}
    facts = made_gray(better).facts["gray.direction"]
    assert facts["drop.mlp"] == "down"
    assert facts["drop.cnn"] == "open"


def test_gray_reference_changes_are_computed_from_the_reference_accuracies() -> None:
    summary = made_gray(SEEDS)
    assert summary.numbers["gray.reference.drop.mlp"].value == pytest.approx(9.34)
    assert summary.numbers["gray.reference.error_ratio.mlp"].value == pytest.approx(1.21, abs=0.005)
    assert summary.numbers["gray.reference.error_ratio.cnn"].value == pytest.approx(1.35, abs=0.005)
    assert summary.facts["gray.reference.larger_drop"] == "mlp"
    assert summary.facts["gray.reference.larger_error_ratio"] == "cnn"
    assert summary.numbers["gray.drop.cnn"].reference == pytest.approx(2.51)
    assert [row["rgb"] for row in summary.tables["gray_results"].rows] == pytest.approx([0.58, 0.5571, 0.9, 0.9279])


def test_sample_data_have_no_reference_rows_or_columns() -> None:
    summary = made_gray(SEEDS, reference=None)
    assert len(summary.tables["gray_results"].rows) == 2
    assert summary.facts["gray.reference.larger_drop"] is None
    without = made_cifar({"mlp": [40], "cnn": [10]}, reference=None)
    assert "reference" not in [column.key for column in without.tables["cifar_results"].columns]


def test_models_without_a_common_seed_cannot_be_compared() -> None:
    tests = {arm: {0: made_test(10)} for arm in ("mlp-rgb", "cnn-rgb", "cnn-gray")} | {"mlp-gray": {5: made_test(10)}}
    histories = {arm: {seed: made_history(0.5) for seed in runs} for arm, runs in tests.items()}
    with pytest.raises(ValueError, match="mlp: no seed"):
        gray.summarise(architectures=made_architectures(), histories=histories, tests=tests)
