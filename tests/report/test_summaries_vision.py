"""Summaries of the image sections and appendices: hand-computed values, and texts that are true of any outcome."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from lib.experiments.arm_results import ArmResults
from lib.report.formulas import to_mathml
from lib.report.markdown import parser
from lib.report.render import Context, render_section
from lib.report.summaries import (
    cifar,
    classification,
    discussion,
    environment,
    gray,
    mnist,
    recipe,
    runtime,
)
from lib.report.summaries.controls import SUMMARIES
from lib.report.summary import Column, Summary, Table
from lib.report.texts import Texts
from lib.vision.augment import Augmentation
from lib.vision.filters import thresholds
from lib.vision.models import ModelConfig
from lib.vision.optimizers import OptimizerConfig
from lib.vision.training import Recipe
from tests.report.arm_files import ARMS
from tests.report.conftest import ROOT, decided

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
RECIPES = CONFIG["cifar"]["recipes"]
CLASSES = ("airplane", "automobile", "bird", "cat")
LABELS = np.repeat(np.arange(4), 25)  # 25 images of each of 4 classes
REFERENCE = {
    "cifar.test_accuracy.mlp": 0.5571,
    "cifar.test_accuracy.cnn": 0.9279,
    "gray.test_accuracy.mlp": 0.4637,
    "gray.test_accuracy.cnn": 0.9028,
    "mnist.test_accuracy": 0.9805,
}


def _scores(predicted: np.ndarray, classes: int = 4) -> np.ndarray:
    return np.eye(classes)[predicted] * 5.0


def _test(wrong: int) -> dict[str, np.ndarray]:
    """A test result with that many mistakes, every one a class taken for the next."""
    predicted = LABELS.copy()
    predicted[:wrong] = (predicted[:wrong] + 1) % 4
    scores = _scores(predicted)
    return {"scores": scores, "flipped_scores": scores, "labels": LABELS}


def _history(*val: float, train: float = 0.7) -> pd.DataFrame:
    epochs = range(1, len(val) + 1)
    columns = {"learning_rate": 0.1, "train_loss": 1.25, "train_accuracy": train, "val_loss": 1.5}
    return pd.DataFrame([{"epoch": e, "val_accuracy": v, **columns} for e, v in zip(epochs, val, strict=True)])


def _layer(kind: str, shape: Sequence[int], parameters: int, field: int, detail: str = "") -> dict[str, Any]:
    return {
        "name": f"features.{kind.lower()}",
        "kind": kind,
        "detail": detail,
        "output_shape": list(shape),
        "parameters": parameters,
        "receptive_field": field,
    }


def _architectures() -> dict[str, dict[str, Any]]:
    arms = {}
    for color, channels in (("rgb", 3), ("gray", 1)):
        size = channels * 32 * 32
        hidden = size * 512 + 512
        mlp = [_layer("Flatten", [size], 0, 32), _layer("Linear", [512], hidden, 32), _layer("ReLU", [512], 0, 32)]
        kernels = 64 * channels * 9
        detail = f"{channels}, 64, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False"
        cnn = [_layer("Conv2d", [64, 32, 32], kernels, 3, detail), _layer("MaxPool2d", [64, 16, 16], 0, 4)]
        cnn.append(_layer("Linear", [4], 64 * 256 * 4 + 4, 32))
        for name, layers in (("mlp", mlp), ("cnn", cnn)):
            total = sum(layer["parameters"] for layer in layers)
            arms[f"{name}-{color}"] = {"layers": layers, "parameters": total, "input_shape": [channels, 32, 32]}
    return arms


def _filters(kinds: Sequence[str]) -> pd.DataFrame:
    count = len(kinds)
    rates = [0.001 if kind == "dead" else 0.5 for kind in kinds]
    norms = np.linspace(0.5, 1.5, count)
    scores = {"edge_score": 0.4, "colour_score": 0.5}
    return pd.DataFrame({"filter": range(count), "weight_norm": norms, "firing_rate": rates, "kind": kinds, **scores})


def _limits() -> dict[str, float | None]:
    limits = thresholds(3)
    return {"edge_threshold": limits.edge, "colour_threshold": limits.colour, "firing_threshold": limits.firing}


KINDS = ("edge", "edge", "colour", "edge and colour", "neither", "neither", "neither", "dead")


def _cifar(
    wrong: Mapping[str, Sequence[int]], *, name: str = "compressed", kinds: Sequence[str] = KINDS, **more: Any
) -> Summary:
    models = ("mlp", "cnn")
    seeds = {model: range(len(wrong[model])) for model in models}
    epochs = 100 if name == "original" else 3
    val = np.linspace(0.4, 0.6, epochs)
    training = {"device": "cpu", "precision": "float32", "epochs": epochs, "images": 45000, "threads": 2}
    inputs: dict[str, Any] = {
        "recipe": name,
        "recipes": RECIPES,
        "architectures": {model: _architectures()[f"{model}-rgb"] for model in models},
        "histories": {m: {s: _history(*val, train=more.pop("train", 0.7)) for s in seeds[m]} for m in models},
        "trainings": {m: {s: training | {"best_epoch": epochs} for s in seeds[m]} for m in models},
        "tests": {m: {s: _test(wrong[m][s]) for s in seeds[m]} for m in models},
        "class_names": CLASSES,
        "filters": _filters(kinds),
        "thresholds": _limits(),
        "reference": REFERENCE,
    }
    return cifar.summarise(**(inputs | more))


def _gray(wrong: Mapping[str, Sequence[int]], reference: dict[str, float] | None = REFERENCE) -> Summary:
    tests = {arm: {seed: _test(count) for seed, count in enumerate(counts)} for arm, counts in wrong.items()}
    histories = {arm: {s: _history(0.4, 0.6, 0.5) for s in runs} for arm, runs in tests.items()}
    return gray.summarise(architectures=_architectures(), histories=histories, tests=tests, reference=reference)


def _trials(count: int = 20, failed: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    rates = 10 ** rng.uniform(-4, -2, count)
    table = pd.DataFrame(
        {
            "trial": np.arange(1, count + 1),
            "learning_rate": rates,
            "weight_scale": 10 ** rng.uniform(-2, -1, count),
            "regularisation": 10 ** rng.uniform(-4, -1, count),
            "keep_ratio": rng.uniform(0.7, 1, count),
            "val_accuracy": 0.9 + 0.02 * np.log10(rates),
            "best_epoch": 10,
        }
    )
    if failed:
        table.loc[0, "val_accuracy"] = np.nan
    return table


def _mnist(wrong: Sequence[int], trials: pd.DataFrame | None = None, train: float = 0.99) -> Summary:
    trials = _trials() if trials is None else trials
    layers = [
        {"name": "1", "input_size": 784, "output_size": 256, "activation": "ReLU", "weights": 200704, "biases": 256}
        | {"gamma_beta": 512, "parameters": 200960},
        {"name": "2", "input_size": 256, "output_size": 10, "activation": None, "weights": 2560, "biases": 10}
        | {"gamma_beta": 0, "parameters": 2570},
    ]
    accuracy = {"best_val_accuracy": 0.982, "final_val_accuracy": 0.981, "best_epoch": 18}
    history = pd.DataFrame({"epoch": [0, 1], "loss": [np.nan, 0.05], "train_accuracy": train, "val_accuracy": 0.981})
    runs = range(len(wrong))
    return mnist.summarise(
        architecture={"layers": layers, "total": 203530, "total_with_norm": 204042},
        trials=trials,
        best={str(key): value for key, value in trials.nlargest(1, "val_accuracy").iloc[0].items()},
        histories=dict.fromkeys(runs, history),
        results={seed: accuracy | {"test_accuracy": 1 - wrong[seed] / 100} for seed in runs},
        predictions={seed: _test(wrong[seed]) for seed in runs},
        class_names=("0", "1", "2", "3"),
        reference=REFERENCE,
    )


# --- Statistics ------------------------------------------------------------------------------------------


def test_binomial_standard_error_is_the_closed_form() -> None:
    assert classification.binomial_standard_error(0.9, 10000) == pytest.approx(0.003)
    assert classification.binomial_standard_error(1.0, 100) == 0


def test_paired_standard_error_is_that_of_the_differences_between_images() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.random(400) < 0.8, rng.random(400) < 0.6
    differences = first.astype(float) - second
    assert classification.paired_standard_error(first, second) == pytest.approx(differences.std() / 20)
    assert classification.paired_standard_error(first, first) == 0


def test_error_ratio_and_log_odds_of_the_reference_are_those_worked_out_by_hand() -> None:
    assert classification.error_ratio(0.5571, 0.4637) == pytest.approx(53.63 / 44.29)
    assert classification.error_ratio(0.9279, 0.9028) == pytest.approx(9.72 / 7.21)
    drop = math.log(0.9279 / 0.0721) - math.log(0.9028 / 0.0972)
    assert classification.log_odds_drop(0.9279, 0.9028) == pytest.approx(drop)


def test_a_perfect_accuracy_still_has_finite_odds() -> None:
    drop = classification.log_odds_drop(1.0, 0.5, samples=100)
    assert drop == pytest.approx(math.log(0.995 / 0.005))
    assert classification.error_ratio(1.0, 0.9, samples=100) == pytest.approx(0.1 / 0.005)


def test_class_accuracies_and_the_most_confused_pair_are_read_off_the_confusion_matrix() -> None:
    confusion = np.array([[8, 2, 0], [1, 6, 3], [0, 0, 0]])
    np.testing.assert_allclose(classification.class_accuracies(confusion), [0.8, 0.6, np.nan])
    assert classification.most_confused(confusion) == classification.Confusion(1, 2, 3, 0.3)
    assert classification.most_confused(np.diag([3, 4])) is None
    predicted, labels = np.array([0, 1, 1, 2]), np.array([0, 0, 1, 2])
    matrix = classification.confusion_matrix(predicted, labels, 3)
    np.testing.assert_array_equal(matrix, [[1, 1, 0], [0, 1, 0], [0, 0, 1]])


def test_flip_averaging_averages_probabilities_and_not_scores() -> None:
    scores, flipped = np.array([[10.0, 0.0, 0.0]]), np.array([[0.0, 2.0, 1.0]])
    first = np.exp([10.0, 0, 0]) / np.exp([10.0, 0, 0]).sum()
    second = np.exp([0, 2.0, 1]) / np.exp([0, 2.0, 1]).sum()
    averaged = classification.flip_average(scores, flipped)
    np.testing.assert_allclose(averaged, [(first + second) / 2])
    np.testing.assert_allclose(classification.flip_average(scores + 700, flipped), averaged)  # no overflow


# --- 2.6 MNIST -------------------------------------------------------------------------------------------


def test_mnist_numbers_follow_from_the_runs() -> None:
    summary = _mnist([2, 4])
    assert summary.numbers["mnist.parameters"].value == 203530
    assert summary.numbers["mnist.test_accuracy"].value == pytest.approx(0.97)
    assert summary.numbers["mnist.test_accuracy"].n == 2
    assert summary.numbers["mnist.test_accuracy"].reference == 0.9805
    assert summary.numbers["mnist.test_errors"].value == 3
    assert summary.numbers["mnist.errors_in_every_run"].value == 2
    assert summary.numbers["mnist.errors_in_any_run"].value == 4
    assert summary.numbers["mnist.test_standard_error"].value == pytest.approx(100 * math.sqrt(0.97 * 0.03 / 100))
    assert summary.facts["mnist.confused"]["true"]["en"] == "0"
    assert summary.facts["mnist.confused"]["predicted"]["en"] == "1"
    assert summary.numbers["mnist.confused.share"].value == pytest.approx(6 / 50)
    assert summary.numbers["mnist.hardest.accuracy"].value == pytest.approx(44 / 50)


def test_mnist_architecture_table_counts_weights_and_biases_and_adds_them_up() -> None:
    rows = _mnist([2]).tables["mnist_architecture"].rows
    assert [row["parameters"] for row in rows] == [200960, 2570, 203530]
    assert rows[-1]["gamma_beta"] == 512


def test_mnist_trials_are_sorted_and_the_best_one_is_marked() -> None:
    trials = _trials(failed=True)
    summary = _mnist([2], trials)
    rows = summary.tables["mnist_trials"].rows
    values = [row["val_accuracy"] for row in rows]
    assert values[:-1] == sorted(values[:-1], reverse=True)
    assert values[-1] is None
    assert [bool(row["mark"]) for row in rows] == [True] + [False] * 19
    assert summary.numbers["mnist.search.failed"].value == 1


def test_the_strongest_hyperparameter_is_the_one_that_decides_the_accuracy() -> None:
    summary = _mnist([2])
    assert summary.facts["mnist.strongest"]["key"] == "learning_rate"
    assert summary.numbers["mnist.search.correlation.learning_rate"].value == pytest.approx(1)
    assert [row["key"] for row in summary.facts["mnist.significant"]] == ["learning_rate"]


def test_too_few_trials_give_no_correlation() -> None:
    assert _mnist([2], _trials(4)).facts["mnist.strongest"] is None


# --- 2.7 CIFAR-10 ----------------------------------------------------------------------------------------


def test_cifar_accuracies_flip_when_the_models_are_swapped() -> None:
    summary = _cifar({"mlp": [40, 44, 48], "cnn": [10]})
    swapped = _cifar({"mlp": [10], "cnn": [40, 44, 48]})
    assert summary.numbers["cifar.test_accuracy.mlp"].value == pytest.approx(0.56)
    assert summary.numbers["cifar.test_accuracy.mlp"].n == 3
    assert summary.numbers["cifar.test_accuracy.cnn"].n == 1
    assert summary.numbers["cifar.gap"].value == pytest.approx(34)
    assert swapped.numbers["cifar.gap"].value == pytest.approx(-34)
    assert (summary.facts["cifar.winner"], swapped.facts["cifar.winner"]) == ("cnn", "mlp")
    assert summary.numbers["cifar.error_ratio"].value == pytest.approx(44 / 10)


def test_cifar_validation_accuracy_is_the_best_epoch_and_the_last_one_is_given_apart() -> None:
    histories = {m: {0: _history(0.4, 0.6, 0.5)} for m in ("mlp", "cnn")}
    summary = _cifar({"mlp": [40], "cnn": [10]}, histories=histories)
    assert summary.numbers["cifar.val_accuracy.mlp"].value == 0.6
    assert summary.numbers["cifar.last_val_accuracy.mlp"].value == 0.5
    assert summary.numbers["cifar.train_minus_val.mlp"].value == pytest.approx(20)


def test_cifar_flip_averaging_is_reported_apart_from_the_test_accuracy() -> None:
    test = _test(40)
    test["flipped_scores"] = 10 * _scores(LABELS)  # the mirror images are all recognised, and with more certainty
    summary = _cifar({"mlp": [40], "cnn": [10]}, tests={"mlp": {0: test}, "cnn": {0: _test(10)}})
    assert summary.numbers["cifar.test_accuracy.mlp"].value == pytest.approx(0.6)
    assert summary.numbers["cifar.test_accuracy_flip.mlp"].value == 1
    assert summary.numbers["cifar.flip_gain.mlp"].value == pytest.approx(40)
    assert summary.numbers["cifar.flip_gain.cnn"].value == 0


def test_cifar_class_table_has_both_models_and_every_class() -> None:
    summary = _cifar({"mlp": [40], "cnn": [10]})
    rows = summary.tables["cifar_class_accuracy"].rows
    assert [row["mlp"] for row in rows] == pytest.approx([0, 0.4, 1, 1])
    assert [row["cnn"] for row in rows] == pytest.approx([0.6, 1, 1, 1])
    assert rows[0]["class"] == {"zh": "飞机（airplane）", "en": "airplane"}
    assert summary.facts["cifar.largest_gain"]["en"] in ("airplane", "automobile")
    assert summary.facts["cifar.confused"]["cnn"]["predicted"]["en"] == "automobile"
    assert summary.numbers["cifar.confused.cnn"].value == pytest.approx(0.4)


def test_cifar_layer_table_leaves_nothing_out_that_has_parameters() -> None:
    summary = _cifar({"mlp": [40], "cnn": [10]})
    rows = summary.tables["cifar_layers"].rows
    for model, label in cifar.MODELS.items():
        parts = [row["parameters"] for row in rows if row["model"] == label]
        assert sum(parts[:-1]) == parts[-1] == _architectures()[f"{model}-rgb"]["parameters"]
    assert summary.numbers["cifar.receptive_field"].value == 4


def test_drops_of_the_learning_rate_are_reported_where_there_are_any() -> None:
    val = np.r_[np.full(50, 0.80), np.full(25, 0.90), np.full(25, 0.92)]
    histories = {m: {0: _history(*val)} for m in ("mlp", "cnn")}
    summary = _cifar({"mlp": [40], "cnn": [10]}, name="original", histories=histories)
    assert summary.facts["cifar.drops"]["cnn"] == [50, 75]
    assert summary.numbers["cifar.drop.cnn.50.before"].value == pytest.approx(0.80)
    assert summary.numbers["cifar.drop.cnn.50.after"].value == pytest.approx(0.90)
    assert summary.numbers["cifar.drop.cnn.75.change"].value == pytest.approx(2)
    assert _cifar({"mlp": [40], "cnn": [10]}).facts["cifar.drops"] == {"mlp": [], "cnn": []}


def test_filters_are_counted_by_kind_and_compared_with_chance() -> None:
    summary = _cifar({"mlp": [40], "cnn": [10]})
    rows = summary.tables["cifar_filter_kinds"].rows
    assert [row["count"] for row in rows] == [2, 1, 1, 3, 1]
    assert rows[-1]["firing_rate"] == pytest.approx(0.001)
    assert summary.numbers["cifar.filters.any_edge"].value == 3
    assert summary.numbers["cifar.filters.chance_edge"].value == pytest.approx(0.05)
    assert summary.numbers["cifar.filters.chance_colour"].value == pytest.approx(0.05)
    none = _cifar({"mlp": [40], "cnn": [10]}, kinds=["neither"] * 64)
    assert none.facts["cifar.more_than_chance"] == {"edge": False, "colour": False}
    assert none.tables["cifar_filter_kinds"].rows[-1]["weight_norm"] is None
    many = _cifar({"mlp": [40], "cnn": [10]}, kinds=["edge"] * 20 + ["neither"] * 44)
    assert many.facts["cifar.more_than_chance"]["edge"] is True


def test_recipe_defaults_are_those_of_the_training_code() -> None:
    model = asdict(ModelConfig("mlp", (1,), 0.0))
    assert {key: model[key] for key in recipe.MODEL_DEFAULTS} == recipe.MODEL_DEFAULTS
    training = asdict(Recipe(1, 1))
    assert {key: training[key] for key in recipe.TRAINING_DEFAULTS} == recipe.TRAINING_DEFAULTS
    assert asdict(OptimizerConfig()) == recipe.OPTIMIZER_DEFAULTS
    assert asdict(Augmentation()) == recipe.AUGMENTATION_DEFAULTS


def test_recipe_rows_say_what_differs_from_the_original() -> None:
    summary = _cifar({"mlp": [40], "cnn": [10]})
    changed = {row["key"] for row in summary.facts["cifar.changes"]["cnn"]}
    assert {"epochs", "optimizer", "schedule", "label_smoothing"} <= changed
    assert "conv_init" not in changed
    original = _cifar({"mlp": [40], "cnn": [10]}, name="original")
    assert original.facts["cifar.changes"] == {"mlp": [], "cnn": []}
    assert original.facts["cifar.muon"] == []


# --- 2.8 Gray --------------------------------------------------------------------------------------------

SEEDS = {"mlp-rgb": [40, 44, 50], "mlp-gray": [50, 56], "cnn-rgb": [10], "cnn-gray": [14]}


def test_gray_drops_are_paired_by_seed() -> None:
    summary = _gray(SEEDS)
    drop = summary.numbers["gray.drop.mlp"]
    assert (drop.value, drop.n) == (pytest.approx(11), 2)  # (10 + 12) / 2; the seed without a partner is left out
    assert drop.spread == pytest.approx(math.sqrt(2))
    assert summary.numbers["gray.error_ratio.cnn"].value == pytest.approx(1.4)
    expected = math.log(0.9 / 0.1) - math.log(0.86 / 0.14)
    assert summary.numbers["gray.log_odds_drop.cnn"].value == pytest.approx(expected)
    assert summary.numbers["gray.drop_standard_error.cnn"].value == pytest.approx(100 * math.sqrt(4 - 0.16) / 100)
    assert summary.numbers["gray.val_accuracy.cnn"].value == 0.6


def test_gray_says_which_model_loses_more_on_each_scale() -> None:
    summary = _gray(SEEDS)
    assert summary.facts["gray.larger_drop"] == "mlp"
    assert summary.facts["gray.larger_error_ratio"] == "cnn"
    assert summary.facts["gray.measures_agree"] is False
    swap = {"mlp": "cnn", "cnn": "mlp"}
    swapped = _gray({f"{swap[arm[:3]]}{arm[3:]}": counts for arm, counts in SEEDS.items()})
    assert swapped.facts["gray.larger_drop"] == "cnn"
    assert swapped.facts["gray.larger_error_ratio"] == "mlp"


def test_gray_reference_changes_are_computed_from_the_reference_accuracies() -> None:
    summary = _gray(SEEDS)
    assert summary.numbers["gray.reference.drop.mlp"].value == pytest.approx(9.34)
    assert summary.numbers["gray.reference.error_ratio.mlp"].value == pytest.approx(1.21, abs=0.005)
    assert summary.numbers["gray.reference.error_ratio.cnn"].value == pytest.approx(1.35, abs=0.005)
    assert summary.facts["gray.reference.larger_drop"] == "mlp"
    assert summary.facts["gray.reference.larger_error_ratio"] == "cnn"
    assert summary.numbers["gray.drop.cnn"].reference == pytest.approx(2.51)
    assert [row["rgb"] for row in summary.tables["gray_results"].rows] == pytest.approx([0.58, 0.5571, 0.9, 0.9279])


def test_sample_data_have_no_reference_rows_or_columns() -> None:
    summary = _gray(SEEDS, reference=None)
    assert len(summary.tables["gray_results"].rows) == 2
    assert summary.facts["gray.reference.larger_drop"] is None
    without = _cifar({"mlp": [40], "cnn": [10]}, reference=None)
    assert "reference" not in [column.key for column in without.tables["cifar_results"].columns]


def test_models_without_a_common_seed_cannot_be_compared() -> None:
    tests = {arm: {0: _test(10)} for arm in ("mlp-rgb", "cnn-rgb", "cnn-gray")} | {"mlp-gray": {5: _test(10)}}
    histories = {arm: {seed: _history(0.5) for seed in runs} for arm, runs in tests.items()}
    with pytest.raises(ValueError, match="mlp: no seed"):
        gray.summarise(architectures=_architectures(), histories=histories, tests=tests)


# --- 3 and the appendices --------------------------------------------------------------------------------


def _discussion(mnist_part: Summary, cifar_part: Summary, gray_part: Summary) -> Summary:
    return discussion.summarise(mnist=mnist_part, cifar=cifar_part, gray=gray_part, architectures=_architectures())


def test_locality_and_sharing_split_the_weights_saved_by_a_convolution() -> None:
    summary = _discussion(_mnist([2]), _cifar({"mlp": [40], "cnn": [10]}), _gray(SEEDS))
    weights = {name: summary.numbers[f"discussion.weights.{name}"].value for name in ("dense", "local", "shared")}
    assert weights == {"dense": 3072 * 65536, "local": 27 * 65536, "shared": 27 * 64}
    assert summary.numbers["discussion.locality_factor"].value == pytest.approx(1024 / 9)
    assert summary.numbers["discussion.sharing_factor"].value == 1024
    assert summary.numbers["discussion.stacked_ratio"].value == pytest.approx(18 / 25)
    assert summary.numbers["discussion.data_set_gap"].value == pytest.approx(98 - 60)
    assert summary.numbers["discussion.data_set_error_ratio"].value == pytest.approx(20)
    assert summary.numbers["discussion.colourless_filters"].value == pytest.approx(5 / 8)


def test_run_times_are_added_up_by_rule_and_the_longest_comes_first() -> None:
    benchmarks = {
        "draw": pd.DataFrame({"s": [1.5, 0.5], "max_rss": ["-", "-"]}),
        "train": pd.DataFrame({"s": [10.0, 30.0], "max_rss": [500.0, 800.0]}),
        "empty": pd.DataFrame({"s": [], "max_rss": []}),
    }
    rows = runtime.runtime_rows(benchmarks)
    assert rows == [
        {"rule": "train", "jobs": 2, "seconds_total": 40.0, "seconds_max": 30.0, "peak_mb": 800.0},
        {"rule": "draw", "jobs": 2, "seconds_total": 2.0, "seconds_max": 1.5, "peak_mb": None},
    ]
    summary = runtime.summarise(benchmarks=benchmarks)
    assert summary.numbers["runtime.seconds_total"].value == 42
    assert summary.numbers["runtime.longest_share"].value == pytest.approx(40 / 42)
    assert summary.facts["runtime.longest"] == summary.facts["runtime.largest"] == "train"


def _environment(gpu: str | None) -> Summary:
    data = {name: {"digest": {"test": "b" * 64, "train": "a" * 64}} for name in ("cifar10", "mnist")}
    system = {"python": "3.11.9", "platform": "Linux", "processor": "any"}
    packages = {"torch": "2.1", "Jinja2": "3.1", "numpy": "2.0"}
    return environment.summarise(
        **system, gpu=gpu, packages=packages, data=data, configuration_yaml="\nrun: main\ndata: {source: real}\n\n"
    )


def test_environment_lists_packages_in_order_and_the_digest_of_every_part() -> None:
    summary = _environment(None)
    assert [row["name"] for row in summary.tables["environment_packages"].rows] == ["Jinja2", "numpy", "torch"]
    data = summary.tables["environment_data"].rows
    assert [(row["set"], row["part"]["en"]) for row in data] == [
        ("mnist", "training"),
        ("mnist", "test"),
        ("cifar10", "training"),
        ("cifar10", "test"),
    ]
    assert summary.facts["environment.has_gpu"] is False
    assert summary.facts["environment.configuration"] == "run: main\ndata: {source: real}"


# --- Templates -------------------------------------------------------------------------------------------

SECTIONS = ("mnist", "cifar", "gray", "discussion", "claims", "provenance", "environment", "runtime", "references")


def _experiments(kind: str) -> dict[str, Any]:
    """Summaries of the further experiments; on sample data the run leaves them all out."""
    return {} if kind == "sample" else dict(SUMMARIES)


def _config(kind: str) -> dict[str, Any]:
    return {**CONFIG, "claims": {"experiments": list(_experiments(kind))}}


def _summaries(kind: str, texts: Texts, results: ArmResults) -> dict[str, Summary]:
    """Results of several outcomes, so that every branch of a sentence is read at least once."""
    benchmarks = {"train": pd.DataFrame({"s": [10.0], "max_rss": [500.0]})}
    parts = {"runtime": runtime.summarise(benchmarks=benchmarks), "environment": _environment("Some GPU")}
    if kind == "expected":
        many = [40, 44, 48]
        parts |= {"mnist": _mnist([2, 3, 4]), "cifar": _cifar({"mlp": many, "cnn": [10]}), "gray": _gray(SEEDS)}
    elif kind == "swapped":
        arms = {"mlp-rgb": [10], "mlp-gray": [14], "cnn-rgb": [40, 44], "cnn-gray": [50, 56]}
        swapped = _cifar({"mlp": [10], "cnn": [40, 44]}, name="original", kinds=["neither"] * 64, train=0.3)
        parts |= {"mnist": _mnist([50], _trials(failed=True), train=0.5), "cifar": swapped, "gray": _gray(arms)}
    else:  # perfect and alike, without reference values, runs or records
        arms = {arm: [0] for arm in SEEDS}
        sample = _cifar({"mlp": [0], "cnn": [0]}, reference=None)
        parts |= {"mnist": _mnist([0], _trials(3)), "cifar": sample, "gray": _gray(arms, reference=None)}
        parts |= {"runtime": runtime.summarise(benchmarks={}), "environment": _environment(None)}
    parts["discussion"] = _discussion(parts["mnist"], parts["cifar"], parts["gray"])
    parts |= {name: summary(results, ARMS) for name, summary in _experiments(kind).items()}
    check = Summary(facts={"gradients.reference_means": [{"key": "plain", "follows": False}]})
    check.add("gradients.reference_mean_gap.plain", 0.02, "percent")
    parts["check"] = check
    parts["claims"] = decided(parts, texts, is_sample=kind == "sample", experiments=list(_experiments(kind)))
    parts["provenance"] = Summary(tables={"provenance": Table([Column("item", {"zh": "图", "en": "Figure"})], [])})
    return {name: Summary.from_json(part.to_json()) for name, part in parts.items()}


@pytest.fixture(params=["expected", "swapped", "sample"])
def outcome(request: pytest.FixtureRequest, texts: Texts, results: ArmResults) -> Context:
    kind, rules = request.param, dict.fromkeys(texts.captions, "some_rule")
    summaries = _summaries(kind, texts, results)
    return Context(summaries, _config(kind), texts, rules, ROOT, is_sample=kind == "sample")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("section", SECTIONS)
def test_section_renders_whatever_the_outcome(section: str, language: str, outcome: Context) -> None:
    template = ROOT / "report" / "sections" / f"{section}.{language}.md.j2"
    rendered = render_section(section, language, template, outcome)
    assert not re.search(r"\b(None|nan|inf|Undefined)\b|\{\{|\{%", rendered.text)
    tokens = parser().parse(rendered.text)
    assert [token.tag for token in tokens if token.type == "heading_open"][0] == "h2"
    for token in [child for block in tokens for child in (block, *(block.children or ()))]:
        if token.type in ("math_inline", "math_block"):
            to_mathml(token.content, block=token.type == "math_block")
    included = {None, *outcome.config["claims"]["experiments"]}
    captions = outcome.texts.captions.items()
    mine = [key for key, caption in captions if caption.section == section and caption.experiment in included]
    assert sorted(rendered.used.blocks) == sorted(mine)


@pytest.mark.parametrize("section", SECTIONS)
def test_both_languages_print_the_same_numbers(section: str, outcome: Context) -> None:
    used = []
    for language in ("zh", "en"):
        template = ROOT / "report" / "sections" / f"{section}.{language}.md.j2"
        record = render_section(section, language, template, outcome).used
        used.append({"numbers": set(record.numbers), "facts": set(record.facts), "settings": set(record.settings)})
    assert used[0] == used[1]


@pytest.mark.parametrize("section", [name for name in SECTIONS if name != "claims"])
def test_sample_data_are_compared_with_nothing(section: str, texts: Texts, results: ArmResults) -> None:
    rules = dict.fromkeys(texts.captions, "some_rule")
    context = Context(_summaries("sample", texts, results), _config("sample"), texts, rules, ROOT, is_sample=True)
    template = ROOT / "report" / "sections" / f"{section}.en.md.j2"
    lines = render_section(section, "en", template, context).text.splitlines()
    text = "\n".join(line for line in lines if not line.startswith(">"))  # the reason of a "not tested" may name one
    assert not re.search(r"reference value|not compared on", text, re.IGNORECASE)


def test_on_sample_data_no_claim_with_a_published_value_is_tested(texts: Texts, results: ArmResults) -> None:
    facts = _summaries("sample", texts, results)["claims"].facts
    entries = [facts[f"claims.entry.{key}"] for key in facts["claims.ids"]]
    assert {entry["verdict"] for entry in entries if entry["published"] is not None} == {"not tested"}
    assert len(entries) > 5


def test_the_text_turns_round_when_the_models_are_swapped(texts: Texts, results: ArmResults) -> None:
    rules = dict.fromkeys(texts.captions, "some_rule")
    found = {}
    for kind in ("expected", "swapped"):
        context = Context(_summaries(kind, texts, results), _config(kind), texts, rules, ROOT)
        template = ROOT / "report" / "sections" / "cifar.en.md.j2"
        found[kind] = render_section("cifar", "en", template, context).text
    assert "that the CNN is better is not explained" in found["expected"]
    assert "that the MLP is better is not explained" in found["swapped"]
    assert "never drops" in found["expected"]
    assert "After epoch 50 it drops" in found["swapped"]
