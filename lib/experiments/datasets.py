"""Section 2.2: sizes, statistics and samples of the data sets, read off the arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lib.data.dataset import Dataset
from lib.data.digest import content_digest
from lib.data.gray import to_gray
from lib.data.splits import Splits, pick


def channel_statistics(images: np.ndarray) -> tuple[list[float], list[float]]:
    """Mean and standard deviation (biased, over all pixels) of each channel, in [0, 1].

    ``images`` is (N, C, H, W) uint8. The sums are whole numbers, so that only the last division rounds: the
    result is the same on every machine and in every order of the images.
    """
    means, stds = [], []
    for c in range(images.shape[1]):
        counts = np.bincount(images[:, c].ravel(), minlength=256).tolist()
        n = sum(counts)
        total = sum(value * count for value, count in enumerate(counts))
        squares = sum(value**2 * count for value, count in enumerate(counts))
        means.append(total / (255 * n))
        stds.append(math.sqrt((n * squares - total**2) / (255 * n) ** 2))
    return means, stds


def image_deviations(images: np.ndarray) -> list[float]:
    """Mean over the images of each one's own standard deviation, by channel, in [0, 1]: not that of all pixels.

    ``images`` is (N, C, H, W) uint8.
    """
    pixels = math.prod(images.shape[2:])
    found = []
    for c in range(images.shape[1]):
        deviations: list[float] = []
        for start in range(0, len(images), 1000):
            values = images[start : start + 1000, c].reshape(-1, pixels).astype(np.int64)
            spread = pixels * (values**2).sum(axis=1) - values.sum(axis=1) ** 2  # whole numbers, as above
            deviations += (np.sqrt(spread) / (255 * pixels)).tolist()
        found.append(math.fsum(deviations) / len(deviations))
    return found


def summarise_dataset(dataset: Dataset, splits: Splits) -> dict[str, Any]:
    """What the report says of a data set, as plain values that JSON can hold.

    Returns
    -------
    summary : source, is_sample, class_names; ``digest`` of the content of the training and the test set,
        which does not depend on the order of the images; ``splits``: number of samples and the shape of one
        image and one label (``[]``, a single number) of train, validation and test; ``mean`` and ``std`` of
        each channel over the images trained on, without those held out for validation, in [0, 1]; of images in
        colour also ``image_std``, see :func:`image_deviations`, and ``all_values`` and ``luma``, mean and standard
        deviation of all values together and of the gray values
    """
    parts = {
        "train": (splits.x_train, splits.y_train),
        "validation": (splits.x_val, splits.y_val),
        "test": (splits.x_test, splits.y_test),
    }
    mean, std = channel_statistics(splits.x_train)
    colour: dict[str, Any] = {}
    if splits.x_train.shape[1] == 3:
        whole, gray = splits.x_train.reshape(len(splits.x_train), 1, -1), to_gray(splits.x_train)
        colour["image_std"] = image_deviations(splits.x_train)
        for name, images in (("all_values", whole), ("luma", gray)):
            colour[name] = [values[0] for values in channel_statistics(images)]
    return {
        "source": dataset.source,
        "is_sample": dataset.is_sample,
        "class_names": list(dataset.class_names),
        "digest": {
            "train": content_digest(dataset.x_train, dataset.y_train),
            "test": content_digest(dataset.x_test, dataset.y_test),
        },
        "splits": {
            name: {"samples": len(x), "image_shape": list(x.shape[1:]), "label_shape": list(y.shape)}
            for name, (x, y) in parts.items()
        },
        "mean": mean,
        "std": std,
        **colour,
    }


def sample_grid(x: np.ndarray, y: np.ndarray, per_class: int, seed: int) -> np.ndarray:
    """``per_class`` random images of each class, one row of the result for each class.

    Parameters
    ----------
    x, y : (N, C, H, W) images and (N,) labels
    per_class : how many of each
    seed : decides which

    Returns
    -------
    images : (K, per_class, C, H, W) array, the K classes in ascending order

    Raises ``ValueError`` if a class has fewer images.
    """
    rng = np.random.default_rng(seed)
    return np.stack([pick(x[y == label], y[y == label], per_class, rng)[0] for label in np.unique(y)])
