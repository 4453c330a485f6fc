"""A small data set that can be learned: every class is a pattern of its own, with noise."""

from __future__ import annotations

import numpy as np
import pytest

from lib.data.splits import Splits


def make_splits(shape: tuple[int, int, int], sizes: tuple[int, int, int], seed: int = 0) -> Splits:
    """Ten classes of uint8 images in ``shape``; ``sizes`` of training, validation and test part."""
    rng = np.random.default_rng(seed)
    patterns = rng.integers(0, 256, (10, *shape))
    parts = []
    for size in sizes:
        y = rng.permutation(np.arange(size) % 10)
        noise = rng.integers(-60, 61, (size, *shape))
        parts += [np.clip(patterns[y] + noise, 0, 255).astype(np.uint8), y]
    return Splits(*parts)


@pytest.fixture(scope="session")
def colour_splits() -> Splits:
    """Images of 3x8x8: 300 for training, 100 for validation, 50 for testing."""
    return make_splits((3, 8, 8), (300, 100, 50))


@pytest.fixture(scope="session")
def digit_splits() -> Splits:
    """Images of MNIST's shape: 400 for training, 100 for validation, 60 for testing."""
    return make_splits((1, 28, 28), (400, 100, 60))
