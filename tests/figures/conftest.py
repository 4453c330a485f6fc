"""Small synthetic results in the shape of the real result files."""

from __future__ import annotations

import itertools
import pkgutil
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from lib.catalogue.experiments import controls
from lib.experiments.arm_results import ArmResults
from lib.experiments.config.search_budget import CRITERIA
from lib.experiments.printed_adam import step_lengths
from lib.figures import (
    batch_statistics,
    cifar,
    datasets,
    gradients,
    gray,
    mnist,
    near_duplicates,
    optimizers,
    printed_adam,
    search_budget,
)
from lib.figures import overfit as overfit_figures
from tests.figures.reading import CLASSES
from tests.studies.arm_files import RIGHT, write_arm, write_arms


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def frame(rng: np.random.Generator, keys: dict[str, list], values: list[str]) -> pd.DataFrame:
    """Every combination of ``keys``, with columns of fractions drawn at random."""
    index = pd.MultiIndex.from_product(keys.values(), names=list(keys))
    table = index.to_frame(index=False)
    for value in values:
        table[value] = rng.uniform(0.2, 0.9, len(table))
    return table


@pytest.fixture
def steps(rng):
    keys = {
        "seed": [0, 1, 2],
        "regularisation": [0.0, 3.14],
        "step": [1e-7, 1e-5, 1e-3],
        "group": ["weights", "biases"],
    }
    table = frame(rng, keys, ["absolute_error", "relative_error"])
    return table.assign(absolute_error=table["absolute_error"] * 1e-9, relative_error=table["step"] ** 2 + 1e-12)


@pytest.fixture
def overfit(rng):
    keys = {"network": ["three", "five"], "seed": [0, 1, 2], "epoch": list(range(4))}
    table = frame(rng, keys, ["loss", "train_accuracy", "val_accuracy"])
    table.loc[table["epoch"] == 0, "loss"] = np.nan
    return table


@pytest.fixture
def grid(rng):
    keys = {
        "network": ["three", "five"],
        "seed": [0, 1],
        "weight_scale": [0.01, 0.1, 1.0],
        "learning_rate": [1e-4, 1e-3, 1e-2, 1e-1],
    }
    return frame(rng, keys, ["train_accuracy"])


@pytest.fixture
def norms(rng):
    keys = {"network": ["three", "five"], "seed": [0, 1], "weight_scale": [0.01, 0.1, 1.0], "layer": [1, 2, 3, 4, 5]}
    table = frame(rng, keys, ["gradient_norm"])
    return table[(table["network"] == "five") | (table["layer"] <= 3)]


@pytest.fixture
def optimizer_runs(rng):
    names = ["adam", "sgd", "rmsprop", "sgd_momentum"]
    loss = frame(rng, {"optimizer": names, "seed": [0, 1], "iteration": [1, 2, 3, 4]}, ["loss"])
    accuracies = ["train_accuracy", "val_accuracy"]
    return loss, frame(rng, {"optimizer": names, "seed": [0, 1], "epoch": [0, 1, 2]}, accuracies)


@pytest.fixture
def trials(rng):
    table = frame(rng, {"trial": list(range(12))}, ["keep_ratio", "val_accuracy"])
    for column, low, high in (
        ("learning_rate", -4, -2),
        ("weight_scale", -2, -1),
        ("regularisation", -4, -1),
    ):
        table[column] = 10 ** rng.uniform(low, high, len(table))
    return table


@pytest.fixture
def mnist_runs(rng):
    return frame(rng, {"seed": [0, 1, 2], "epoch": [0, 1, 2, 3]}, ["loss", "train_accuracy", "val_accuracy"])


@pytest.fixture
def vision_runs(rng):
    keys = {"model": ["cnn", "mlp"], "color": ["gray", "rgb"], "seed": [0, 1], "epoch": [1, 2, 3, 4]}
    values = ["train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate"]
    return frame(rng, keys, values)


@pytest.fixture
def predictions(rng):
    """Ten classes, 200 images, about a third of them wrong."""
    labels = rng.integers(0, 10, 200)
    scores = rng.normal(size=(200, 10))
    scores[np.arange(200), labels] += 2
    wrong = np.flatnonzero(scores.argmax(axis=1) != labels)
    images = rng.integers(0, 256, (len(wrong), 1, 28, 28), dtype=np.uint8)
    return {"scores": scores, "labels": labels, "wrong_index": wrong, "wrong_images": images}


def layer(kind: str, detail: str, shape: list[int], parameters: int = 0) -> dict:
    return {
        "name": kind.lower(),
        "kind": kind,
        "detail": detail,
        "output_shape": shape,
        "parameters": parameters,
        "receptive_field": 1,
    }


@pytest.fixture
def descriptions():
    mlp = [
        layer("Flatten", "start_dim=1, end_dim=-1", [3072]),
        layer("Linear", "in_features=3072, out_features=20, bias=True", [20], 61460),
        layer("BatchNorm1d", "20, eps=1e-05", [20], 40),
        layer("ReLU", "inplace=True", [20]),
        layer("Dropout", "p=0.5, inplace=False", [20]),
        layer("Linear", "in_features=20, out_features=10, bias=True", [10], 210),
    ]
    cnn = [
        layer("Conv2d", "3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False", [8, 32, 32], 216),
        layer("BatchNorm2d", "8, eps=1e-05", [8, 32, 32], 16),
        layer("ReLU", "inplace=True", [8, 32, 32]),
        layer("MaxPool2d", "kernel_size=2, stride=2, padding=0", [8, 16, 16]),
        layer("Dropout", "p=0.0, inplace=False", [8, 16, 16]),
        layer("Flatten", "start_dim=1, end_dim=-1", [2048]),
        layer("Linear", "in_features=2048, out_features=10, bias=True", [10], 20490),
    ]
    return {
        "mlp": {"layers": mlp, "parameters": 61710, "input_shape": [3, 32, 32]},
        "cnn": {"layers": cnn, "parameters": 20722, "input_shape": [3, 32, 32]},
    }


@pytest.fixture(scope="session")
def arms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("arms")
    for arm in ("mlp-rgb", "mlp-gray", "cnn-rgb", "cnn-gray"):
        write_arm(folder, arm, RIGHT[arm])
    return folder


@pytest.fixture
def draw(
    rng, steps, overfit, grid, norms, optimizer_runs, trials, mnist_runs, predictions, descriptions, arms
) -> Mapping[str, Callable[[], Mapping[str, Figure]]]:
    """By study, what draws its figures anew."""
    images = rng.integers(0, 256, (10, 3, 3, 32, 32), dtype=np.uint8)
    digits = rng.integers(0, 256, (10, 2, 1, 28, 28), dtype=np.uint8)
    maps = {"filters": rng.normal(size=(9, 3, 3, 3)), "maps": rng.uniform(size=(9, 32, 32)), "image": images[0, 0]}
    maps["kinds"] = np.array(["edge", "colour", "edge and colour", "neither", "dead", *["edge"] * 4])
    networks = {"three": {"weight_scale": 0.03, "learning_rate": 4e-3}}
    losses, epochs = optimizer_runs
    names = list(epochs["optimizer"].unique())
    rates = frame(rng, {"optimizer": names, "seed": [0, 1], "learning_rate": [1e-4, 1e-3]}, ["val_accuracy"]).assign(
        first_epoch_loss=2.0
    )
    chosen = dict.fromkeys(itertools.product(names, CRITERIA), 1e-3)
    lengths = {rule: step_lengths(rule, 20) for rule in ("adam", "adam_as_printed")}
    printed = frame(rng, {"optimizer": list(lengths), "seed": [0, 1], "epoch": [0, 1, 2]}, ["val_accuracy"])
    by_size = frame(
        rng, {"normalization": ["batchnorm", "layernorm"], "seed": [0, 1], "batch_size": [1, 8]}, ["accuracy"]
    )
    running = by_size[by_size["batch_size"] == 1].assign(statistics="running")
    statistics = pd.concat([by_size.assign(statistics="batch"), running])
    pairs = {
        "highest": np.arange(6),
        "above": np.arange(0),
        "below": np.array([20]),
        "correlation": rng.uniform(size=21),
        "mirrored": np.arange(21) % 2 == 0,
        "labels": np.arange(21) % 10,
        "nearest_labels": np.arange(1, 22) % 10,
        "shown": images[:7, 0],
        "nearest_shown": images[:7, 1],
    }
    colour = ArmResults(arms.rglob("*-rgb/seed*/*"))
    return {
        "datasets": lambda: datasets.draw(
            {"mnist": digits, "cifar10": images}, dict.fromkeys(("mnist", "cifar10"), CLASSES)
        ),
        "gradients": lambda: gradients.draw(steps),
        "overfit": lambda: overfit_figures.draw(overfit, grid, norms, networks),
        "optimizers": lambda: optimizers.draw(losses, epochs),
        "search_budget": lambda: search_budget.draw(rates, chosen, epochs.assign(criterion="end")),
        "printed_adam": lambda: printed_adam.draw(lengths, printed),
        "mnist": lambda: mnist.draw(trials, mnist_runs, [predictions], CLASSES),
        "batch_statistics": lambda: batch_statistics.draw(statistics),
        "cifar": lambda: cifar.draw(colour, descriptions, {**maps, "label": np.array([3])}, CLASSES[:4]),
        "near_duplicates": lambda: near_duplicates.draw(pairs, CLASSES),
        "gray": lambda: gray.draw(ArmResults(arms.rglob("seed*/*")), images, CLASSES),
    }


@pytest.fixture
def all_figures(draw, tmp_path) -> Mapping[str, Figure]:
    """Every figure of the report by name."""
    folder = write_arms(tmp_path / "all")
    found = {name: figure for drawn in draw.values() for name, figure in drawn().items()}
    for experiment, needed in controls().items():
        paths = [path for arm in needed.arms for file in needed.files for path in folder.rglob(f"{arm}/*/{file}")]
        found |= pkgutil.resolve_name(f"lib.studies.{experiment}:draw")(ArmResults(paths))
    return found
