"""Three layers against five: small images, few seeds, the same rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lib.experiments.common import draw_subset, mean_image
from lib.experiments.config.overfit import GridConfig, NetworkConfig, OverfitTrainingConfig
from lib.experiments.overfit import gradient_norms, run, scan

TRAINING = OverfitTrainingConfig(images=20, validation_images=30, epochs=20, batch_size=10)
THREE = NetworkConfig(hidden=(60, 60), weight_scale=5e-2, learning_rate=5e-3)
FIVE = NetworkConfig(hidden=(60, 60, 60, 60), weight_scale=0.12, learning_rate=5e-3)
GRID = GridConfig(weight_scales=(0.12, 12.0), weight_scale_count=2, learning_rates=(5e-3, 5e3), learning_rate_count=3)

pytestmark = pytest.mark.filterwarnings("error")


def test_images_are_less_the_mean_image_of_the_whole_training_set(colour_splits):
    data = draw_subset(colour_splits, 20, 30, seed=0)
    mean = colour_splits.x_train.mean(axis=0)
    np.testing.assert_allclose(mean_image(colour_splits.x_train), mean, rtol=1e-14)
    assert {name: (array.shape, array.dtype.name) for name, array in data.items()} == {
        "X_train": ((20, 3, 8, 8), "float64"),
        "y_train": ((20,), "int64"),
        "X_val": ((30, 3, 8, 8), "float64"),
        "y_val": ((30,), "int64"),
    }
    originals = {image.tobytes() for image in colour_splits.x_train}
    drawn = np.rint(data["X_train"] + mean).astype(np.uint8)
    assert {image.tobytes() for image in drawn} <= originals
    assert data["X_train"].max() > 100, "values are not to be scaled"


def test_images_depend_on_the_seed_alone(colour_splits):
    first, again, other = (draw_subset(colour_splits, 20, 30, seed) for seed in (0, 0, 1))
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
    assert not np.array_equal(first["X_train"], other["X_train"])


def test_too_many_images_are_refused(colour_splits):
    with pytest.raises(ValueError, match="cannot pick 101 of 100"):
        run(colour_splits, THREE, replace(TRAINING, validation_images=101), seed=0)


@pytest.mark.parametrize("network", [THREE, FIVE], ids=["three", "five"])
def test_images_are_learned_by_heart(colour_splits, network):
    history = run(colour_splits, network, TRAINING, seed=0)
    assert list(history.columns) == ["epoch", "loss", "train_accuracy", "val_accuracy"]
    assert list(history["epoch"]) == list(range(21))
    assert history["loss"].isna().tolist() == [True] + [False] * 20
    assert history["train_accuracy"].iloc[-1] == 1
    assert history["loss"].iloc[-1] < history["loss"].iloc[1] / 5


def test_a_run_repeats_with_its_seed(colour_splits):
    history = run(colour_splits, THREE, TRAINING, seed=1)
    assert run(colour_splits, THREE, TRAINING, seed=1).equals(history)
    assert not run(colour_splits, THREE, TRAINING, seed=2).equals(history)


def test_scan_records_diverged_cells_as_they_are(colour_splits):
    grid = scan(colour_splits, FIVE, TRAINING, GRID, seed=0)
    assert list(grid.columns) == ["weight_scale", "learning_rate", "train_accuracy", "final_loss"]
    assert len(grid.drop_duplicates(["weight_scale", "learning_rate"])) == len(grid) == 6
    diverged = grid[~np.isfinite(grid["final_loss"])]
    assert 0 < len(diverged) < len(grid)
    labels = draw_subset(colour_splits, 20, 30, seed=0)["y_train"]
    assert set(diverged["train_accuracy"]) == {(labels == 0).mean()}
    assert grid["train_accuracy"].max() == 1
    assert scan(colour_splits, FIVE, TRAINING, GRID, seed=0).equals(grid)


def test_a_cell_of_the_scan_is_the_run_with_its_settings(colour_splits):
    grid = GridConfig((5e-2, 5e-2), 1, (5e-3, 5e-3), 1)
    cell = scan(colour_splits, THREE, TRAINING, grid, seed=0).iloc[0]
    end = run(colour_splits, THREE, TRAINING, seed=0).iloc[-1]
    assert cell["train_accuracy"] == end["train_accuracy"]
    assert cell["final_loss"] == pytest.approx(end["loss"], rel=1e-9)


def test_scan_gives_the_same_end_whether_or_not_it_stops_at_nan(colour_splits):
    """The scan skips the epochs after a loss of NaN; run() does not."""
    network = replace(FIVE, weight_scale=12.0, learning_rate=5e3)
    grid = GridConfig((12.0, 12.0), 1, (5e3, 5e3), 1)
    cell = scan(colour_splits, network, TRAINING, grid, seed=0).iloc[0]
    end = run(colour_splits, network, TRAINING, seed=0).iloc[-1]
    assert np.isnan(cell["final_loss"])
    assert np.isnan(end["loss"])
    assert cell["train_accuracy"] == end["train_accuracy"]


@pytest.mark.parametrize("network", [THREE, FIVE], ids=["three", "five"])
def test_gradient_norms_shrink_by_the_power_of_the_depth(colour_splits, network):
    """Without biases and with scores near 0, each of L layers is linear in the scale: gradients go by L - 1."""
    depth = len(network.hidden) + 1
    grid = replace(GRID, weight_scales=(1e-5, 2e-5), weight_scale_count=2)
    norms = gradient_norms(colour_splits, network, TRAINING, grid, seed=0)
    assert list(norms.columns) == ["weight_scale", "layer", "gradient_norm", "activation_std"]
    low, high = (part.set_index("layer") for _, part in norms.groupby("weight_scale"))
    assert list(low.index) == list(range(1, depth + 1))
    np.testing.assert_allclose(high["gradient_norm"] / low["gradient_norm"], 2.0 ** (depth - 1), rtol=1e-4)
    np.testing.assert_allclose(high["activation_std"] / low["activation_std"], 2.0**low.index, rtol=1e-9)
