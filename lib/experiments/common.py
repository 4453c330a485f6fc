"""What the experiments with the from-scratch network share: their input images, and histories as tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.data.splits import Splits, pick
from lib.nn.solver import Solver

# One stream of random numbers for each purpose, so that two runs with the same seed see the same images,
# start from the same numbers and go through the batches in the same order, however many each of them takes.
IMAGES, WEIGHTS, BATCHES = range(3)


def stream(seed: int, purpose: int, *more: int) -> np.random.Generator:
    """The generator of one purpose (``IMAGES``, ``WEIGHTS`` or ``BATCHES``) in the run with this seed."""
    return np.random.default_rng([seed, purpose, *more])


def mean_image(images: np.ndarray) -> np.ndarray:
    """Mean of (N, C, H, W) uint8 images, (C, H, W) float64 in 0-255; the sums are exact."""
    return images.sum(axis=0, dtype=np.int64) / len(images)


def draw_images(splits: Splits, training_images: int, validation_images: int, seed: int) -> tuple[np.ndarray, ...]:
    """Some training and validation images as they are: x_train, y_train, x_val, y_val (see :func:`draw_subset`)."""
    rng = stream(seed, IMAGES)
    train = pick(splits.x_train, splits.y_train, training_images, rng)
    return (*train, *pick(splits.x_val, splits.y_val, validation_images, rng))


def draw_subset(splits: Splits, training_images: int, validation_images: int, seed: int) -> dict[str, np.ndarray]:
    """Some training and validation images as CS231n feeds them: values 0-255 less the mean image, not scaled.

    The mean is that of *all* training images, not only of those drawn.

    Parameters
    ----------
    splits : uint8 images
    training_images, validation_images : how many to draw, without replacement, from ``x_train`` and ``x_val``
    seed : decides which; the same seed gives the same images

    Returns
    -------
    data : X_train, X_val, (n, C, H, W) float64; y_train, y_val, (n,) int64

    Raises ``ValueError`` if there are not so many.
    """
    x_train, y_train, x_val, y_val = draw_images(splits, training_images, validation_images, seed)
    mean = mean_image(splits.x_train)
    return {"X_train": x_train - mean, "y_train": y_train, "X_val": x_val - mean, "y_val": y_val}


def epoch_history(solver: Solver) -> pd.DataFrame:
    """Columns epoch (0, before training, to E), loss, train_accuracy, val_accuracy.

    ``loss`` is the mean over the epoch's iterations, each before its step; NaN in epoch 0, and in epochs in
    which the training diverged.
    """
    losses = np.reshape(solver.loss_history, (-1, solver.iterations_per_epoch))
    with np.errstate(over="ignore", invalid="ignore"):
        means = losses.mean(axis=1)
    return pd.DataFrame(
        {
            "epoch": np.arange(len(solver.val_acc_history)),
            "loss": np.concatenate([[np.nan], means]),
            "train_accuracy": solver.train_acc_history,
            "val_accuracy": solver.val_acc_history,
        }
    )
