"""Every study draws the figures that have captions, whole and in the same bytes each time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

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
from lib.report.figures import png_bytes, svg_bytes
from lib.report.texts import read_yaml
from tests.figures.conftest import frame
from tests.figures.reading import CLASSES
from tests.studies.arm_files import RIGHT, write_arm

ROOT = Path(__file__).parents[2]
CAPTIONS = read_yaml(ROOT / "report/captions.yaml")
ALONE = {path.stem for path in (ROOT / "lib/studies").glob("*.py")}  # tests/studies draws them, from files
STUDIES = sorted({c.get("experiment", c["section"]) for c in CAPTIONS.values() if c["kind"] == "figure"} - ALONE)


@pytest.fixture(scope="module")
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
    maps = {"filters": rng.normal(size=(9, 3, 3, 3)), "maps": rng.uniform(size=(4, 32, 32)), "image": images[0, 0]}
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


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_draws_the_figures_that_have_captions_in_the_same_bytes_and_cuts_nothing_off(draw, study):
    drawn, again = draw[study](), draw[study]()
    mine = {k for k, c in CAPTIONS.items() if c["kind"] == "figure" and c.get("experiment", c["section"]) == study}
    assert set(drawn) == mine
    for name, figure in drawn.items():
        written = svg_bytes if CAPTIONS[name]["format"] == "svg" else png_bytes  # as the report shows it
        assert written(figure) == written(again[name]), name
        box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert min(box.x0, box.y0) >= -0.02, name
        assert box.x1 <= width + 0.02, name
        assert box.y1 <= height + 0.02, name
