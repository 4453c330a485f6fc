"""Numbers and recipes of the CIFAR-10 section, and that they turn round with the results."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lib.summaries import cifar
from tests.summaries.made_up import (
    LABELS,
    RECIPES,
    made_architectures,
    made_cifar,
    made_history,
    made_networks,
    made_scores,
    made_test,
)


def test_cifar_accuracies_flip_when_the_models_are_swapped() -> None:
    summary = made_cifar({"mlp": [40, 44, 48], "cnn": [10]})
    swapped = made_cifar({"mlp": [10], "cnn": [40, 44, 48]})
    assert summary.numbers["cifar.test_accuracy.mlp"].value == pytest.approx(0.56)
    assert summary.numbers["cifar.test_accuracy.mlp"].n == 3
    assert summary.numbers["cifar.test_accuracy.cnn"].n == 1
    assert summary.numbers["cifar.gap"].value == pytest.approx(30)  # of the seed that both have
    assert swapped.numbers["cifar.gap"].value == pytest.approx(-30)
    assert (summary.facts["cifar.winner"], swapped.facts["cifar.winner"]) == ("cnn", "mlp")
    assert summary.numbers["cifar.error_ratio"].value == pytest.approx(44 / 10)


def test_cifar_validation_accuracy_is_the_best_epoch_and_the_last_one_is_given_apart() -> None:
    histories = {m: {0: made_history(0.4, 0.6, 0.5)} for m in ("mlp", "cnn")}
    summary = made_cifar({"mlp": [40], "cnn": [10]}, histories=histories)
    assert summary.numbers["cifar.val_accuracy.mlp"].value == 0.6
    assert summary.numbers["cifar.last_val_accuracy.mlp"].value == 0.5
    assert summary.numbers["cifar.train_minus_val.mlp"].value == pytest.approx(20)


def test_cifar_flip_averaging_is_reported_apart_from_the_test_accuracy() -> None:
    test = made_test(40)
    test["flipped_scores"] = 10 * made_scores(LABELS)  # the mirror images are all recognised, and with more certainty
    summary = made_cifar({"mlp": [40], "cnn": [10]}, tests={"mlp": {0: test}, "cnn": {0: made_test(10)}})
    assert summary.numbers["cifar.test_accuracy.mlp"].value == pytest.approx(0.6)
    assert summary.numbers["cifar.test_accuracy_flip.mlp"].value == 1
    assert summary.numbers["cifar.flip_gain.mlp"].value == pytest.approx(40)
    assert summary.numbers["cifar.flip_gain.cnn"].value == 0


def test_cifar_class_table_has_both_models_and_every_class() -> None:
    summary = made_cifar({"mlp": [40], "cnn": [10]})
    rows = summary.tables["cifar_class_accuracy"].rows
    assert [row["mlp"] for row in rows] == pytest.approx([0, 0.4, 1, 1])
    assert [row["cnn"] for row in rows] == pytest.approx([0.6, 1, 1, 1])
    assert rows[0]["class"] == {"zh": "飞机", "en": "airplane"}
    assert summary.facts["cifar.largest_gain"]["en"] in ("airplane", "automobile")
    assert summary.facts["cifar.confused"]["cnn"]["predicted"]["en"] == "automobile"
    assert summary.numbers["cifar.confused.cnn"].value == pytest.approx(0.4)


def test_class_intervals_have_the_variance_of_seeds_and_of_images() -> None:
    rows = made_cifar({"mlp": [5, 10, 15], "cnn": [10]}).tables["cifar_class_accuracy"].rows
    first = rows[0]  # 25 images: 10 right in every run, 5 in two, 5 in one, 5 in none; runs get 20, 15 and 10 right
    seeds, images = 0.2**2 / 3, np.var([1] * 10 + [2 / 3] * 5 + [1 / 3] * 5 + [0] * 5, ddof=1) / 25
    both = stats.t.ppf(0.975, 2 * (1 + images / seeds) ** 2) * np.sqrt(seeds + images)
    half = max(both, stats.t.ppf(0.975, 2) * np.sqrt(seeds))  # never less than by the seeds alone
    assert (first["mlp_low"], first["mlp_high"]) == pytest.approx((0.6 - half, 0.6 + half))
    assert (rows[3]["mlp_low"], rows[3]["mlp_high"]) == (1, 1)
    assert first["cnn_low"] is first["cnn_high"] is None


def test_cifar_layer_table_leaves_nothing_out_that_has_parameters() -> None:
    summary = made_cifar({"mlp": [40], "cnn": [10]})
    rows = summary.tables["cifar_layers"].rows
    for model, label in cifar.MODELS.items():
        parts = [row["parameters"] for row in rows if row["model"] == label]
        assert sum(parts[:-1]) == parts[-1] == made_architectures()[f"{model}-rgb"]["parameters"]
    assert summary.numbers["cifar.receptive_field"].value == 4


def test_drops_of_the_learning_rate_are_reported_where_there_are_any() -> None:
    val = np.r_[np.full(50, 0.80), np.full(25, 0.90), np.full(25, 0.92)]
    histories = {m: {0: made_history(*val)} for m in ("mlp", "cnn")}
    summary = made_cifar({"mlp": [40], "cnn": [10]}, name="original", histories=histories)
    assert summary.facts["cifar.drops"]["cnn"] == [50, 75]
    assert summary.numbers["cifar.drop.cnn.50.before"].value == pytest.approx(0.80)
    assert summary.numbers["cifar.drop.cnn.50.after"].value == pytest.approx(0.90)
    assert summary.numbers["cifar.drop.cnn.75.change"].value == pytest.approx(2)
    assert made_cifar({"mlp": [40], "cnn": [10]}).facts["cifar.drops"] == {"mlp": [], "cnn": []}


def test_the_end_of_augmentation_is_the_step_to_the_first_epoch_without_it() -> None:
    epochs = RECIPES["compressed"]["cnn"]["training"]["plain_last"]
    history = made_history(*[0.8, 0.9], *[0.89] * epochs)
    history["train_accuracy"] = [0.5, 0.6, *[0.75] * epochs]
    histories = {"mlp": {0: made_history(0.5, 0.6)}, "cnn": {0: history}}
    summary = made_cifar({"mlp": [40], "cnn": [10]}, histories=histories)
    assert summary.facts["cifar.plain_last_seen"] == {"mlp": False, "cnn": True}
    assert summary.numbers["cifar.plain_last.epochs.cnn"].value == epochs
    assert summary.numbers["cifar.plain_last.train_change.cnn"].value == pytest.approx(15)
    assert summary.numbers["cifar.plain_last.val_change.cnn"].value == pytest.approx(-1)
    short = made_cifar({"mlp": [40], "cnn": [10]}, histories={m: {0: made_history(*[0.8] * epochs)} for m in histories})
    original = made_cifar({"mlp": [40], "cnn": [10]}, name="original")
    for other in (short, original):
        assert other.facts["cifar.plain_last_seen"]["cnn"] is False
        assert "cifar.plain_last.train_change.cnn" not in other.numbers


def test_the_gap_is_sure_where_its_interval_leaves_out_zero() -> None:
    sure, open_, single = (
        made_cifar(wrong)
        for wrong in (
            {"mlp": [40, 44, 48], "cnn": [10, 12, 11]},
            {"mlp": [20, 10, 30], "cnn": [15, 25, 12]},
            {"mlp": [40, 44], "cnn": [10]},
        )
    )
    assert [part.facts["cifar.gap_sure"] for part in (sure, open_, single)] == [True, False, None]


def test_filters_are_counted_by_kind_and_compared_with_chance() -> None:
    summary = made_cifar({"mlp": [40], "cnn": [10]})
    rows = summary.tables["cifar_filter_kinds"].rows
    assert [row["count"] for row in rows] == [2, 1, 1, 3, 1]
    assert rows[-1]["firing_rate"] == pytest.approx(0.001)
    assert summary.numbers["cifar.filters.any_edge"].value == 3
    assert summary.numbers["cifar.filters.chance_edge"].value == pytest.approx(0.05)
    assert summary.numbers["cifar.filters.chance_colour"].value == pytest.approx(0.05)
    none = made_cifar({"mlp": [40], "cnn": [10]}, kinds=["neither"] * 64)
    assert none.facts["cifar.more_than_chance"] == {"edge": False, "colour": False}
    assert none.tables["cifar_filter_kinds"].rows[-1]["weight_norm"] is None
    many = made_cifar({"mlp": [40], "cnn": [10]}, kinds=["edge"] * 20 + ["neither"] * 44)
    assert many.facts["cifar.more_than_chance"]["edge"] is True


def test_detectors_of_every_network_are_counted_after_its_last_epoch_beyond_chance() -> None:
    numbers = made_cifar({"mlp": [40], "cnn": [10]}, networks=made_networks([20, 15, 6], [12, 9, 7])).numbers
    assert list(numbers["cifar.filters.every.edge"].runs.values()) == [20, 15, 6]
    # Each of 64 filters is above the threshold by chance with a probability of 5%.
    for name, counts in (("edge", [20, 15, 6]), ("colour", [12, 9, 7])):
        assert numbers[f"cifar.filters.by_chance.{name}"].value == pytest.approx(3.2)
        surplus = list(numbers[f"cifar.filters.surplus.{name}"].runs.values())
        assert surplus == pytest.approx([count - 3.2 for count in counts])


def test_recipe_rows_say_what_differs_from_the_original() -> None:
    summary = made_cifar({"mlp": [40], "cnn": [10]})
    changed = {row["key"] for row in summary.facts["cifar.changes"]["cnn"]}
    assert {"epochs", "optimizer", "schedule", "label_smoothing"} <= changed
    assert "conv_init" not in changed
    original = made_cifar({"mlp": [40], "cnn": [10]}, name="original")
    assert original.facts["cifar.changes"] == {"mlp": [], "cnn": []}
    assert original.facts["cifar.muon"] == []
