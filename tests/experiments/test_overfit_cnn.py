"""The CNN learns the very images of section 2.4, and is measured on the very validation images."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lib.data.splits import Splits
from lib.experiments.common import draw_images, draw_subset, mean_image
from lib.experiments.config.overfit import OverfitCnnConfig, OverfitTrainingConfig
from lib.experiments.overfit_cnn import run
from lib.vision.compute import Compute
from lib.vision.config import ModelConfig

TRAINING = OverfitTrainingConfig(images=20, validation_images=30, epochs=20, batch_size=10)
MODEL = ModelConfig("cnn", hidden=(16,), hidden_dropout=0.1, blocks=(8, 8), block_dropout=(0.1, 0.1))
CPU = Compute(torch.device("cpu"), "float32", 1)


@pytest.fixture(scope="module")
def splits() -> Splits:
    """Images of 32 x 32 whose class is a colour."""
    rng = np.random.default_rng(0)
    parts = {}
    for name, count in (("train", 60), ("val", 40), ("test", 10)):
        labels = np.arange(count) % 3
        images = rng.integers(0, 100, (count, 3, 32, 32))
        images[np.arange(count), labels] += 120
        parts |= {f"x_{name}": images.astype(np.uint8), f"y_{name}": labels}
    return Splits(**parts)


def test_the_images_are_those_of_the_other_networks(splits):
    x_train, y_train, x_val, y_val = draw_images(splits, 20, 30, seed=3)
    others, mean = draw_subset(splits, 20, 30, seed=3), mean_image(splits.x_train)
    assert x_train.dtype == np.uint8
    np.testing.assert_array_equal(x_train - mean, others["X_train"])
    np.testing.assert_array_equal(x_val - mean, others["X_val"])
    np.testing.assert_array_equal(y_train, others["y_train"])
    np.testing.assert_array_equal(y_val, others["y_val"])


def test_it_learns_them_by_heart_and_repeats_with_its_seed(splits):
    learned = run(splits, MODEL, TRAINING, OverfitCnnConfig(epochs=15, learning_rate=0.02), CPU, seed=0)
    assert learned["train_accuracy"] == 1
    assert 1 <= learned["perfect_from"] <= 15
    assert learned["val_accuracy"] > 0.8, "the class of these images is easy to see"
    assert run(splits, MODEL, TRAINING, OverfitCnnConfig(epochs=15, learning_rate=0.02), CPU, seed=0) == learned


def test_too_short_a_training_is_told(splits):
    short = run(splits, MODEL, TRAINING, OverfitCnnConfig(epochs=1, learning_rate=1e-6), CPU, seed=0)
    assert short["train_accuracy"] < 1
    assert short["perfect_from"] == 2
