"""Training, validation and test parts of a data set, and random subsets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.data.config import SplitConfig
from lib.data.dataset import Dataset


@dataclass(frozen=True)
class Splits:
    """Images (N, C, H, W) uint8 and labels (N,) int64 of the three parts."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def split_indices(n: int, validation: int, seed: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Indices ``(train, val)`` into ``n`` training records; ``validation`` of them are held out.

    Without a seed the last records are held out, else the last ones of a permutation drawn from that seed
    alone. Raises ``ValueError`` unless ``0 < validation < n``.
    """
    if not 0 < validation < n:
        raise ValueError(f"cannot hold out {validation} validation samples of {n}; allowed: 1 to {n - 1}")
    order = np.arange(n) if seed is None else np.random.default_rng(seed).permutation(n)
    return order[: n - validation], order[n - validation :]


def split(dataset: Dataset, validation: int, seed: int | None = None) -> Splits:
    """Hold ``validation`` samples out of the training set; the test set stays as it is.

    MNIST is split without a seed (its official order: the last 5,000 of 60,000); CIFAR-10, whose prepared
    order is that of its images' digests, by a seed. Raises ``ValueError`` unless some samples are left on
    both sides.
    """
    train, val = split_indices(len(dataset.x_train), validation, seed)
    if seed is None:  # slices share memory with the data set
        cut = len(train)
        x_train, x_val = dataset.x_train[:cut], dataset.x_train[cut:]
        y_train, y_val = dataset.y_train[:cut], dataset.y_train[cut:]
    else:
        x_train, x_val = dataset.x_train[train], dataset.x_train[val]
        y_train, y_val = dataset.y_train[train], dataset.y_train[val]
    return Splits(x_train, y_train, x_val, y_val, dataset.x_test, dataset.y_test)


def split_by(dataset: Dataset, config: SplitConfig) -> Splits:
    """:func:`split` as the configuration says."""
    return split(dataset, config.validation, config.split_seed)


def pick(
    x: np.ndarray, y: np.ndarray, n: int, rng: np.random.Generator | np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """``n`` different samples of ``x`` (N, ...) and ``y`` (N,), drawn and ordered by ``rng``.

    Raises ``ValueError`` if ``n`` is not between 1 and N.
    """
    if not 0 < n <= len(x):
        raise ValueError(f"cannot pick {n} of {len(x)} samples; allowed: 1 to {len(x)}")
    chosen = rng.permutation(len(x))[:n]
    return x[chosen], y[chosen]
