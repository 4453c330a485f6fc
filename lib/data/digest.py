"""Digest of a data set's content, whatever file it came in and in whatever order."""

from __future__ import annotations

import hashlib

import numpy as np


def _check(images: np.ndarray, labels: np.ndarray | None) -> None:
    if images.dtype != np.uint8:
        raise ValueError(f"images must be uint8, not {images.dtype}")
    if labels is not None and labels.shape != (len(images),):
        raise ValueError(f"{len(images)} images need as many labels, not an array of shape {labels.shape}")


def image_order(images: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
    """Indices that sort ``images`` by the sha256 of each one's bytes.

    Parameters
    ----------
    images : (N, ...) uint8 array
    labels : (N,) integer array, optional; decides between images of equal bytes, so that the order of records
        depends on nothing but their content

    Returns
    -------
    (N,) int64 array
    """
    _check(images, labels)
    keys = [hashlib.sha256(image.tobytes()).digest() for image in images]
    ties = [0] * len(keys) if labels is None else labels.tolist()
    return np.array(sorted(range(len(keys)), key=lambda i: (keys[i], ties[i])), dtype=np.int64)


def ordered_digest(images: np.ndarray, labels: np.ndarray) -> str:
    """sha256 (hexadecimal) of the records ``label byte + image bytes`` in the order given.

    ``images`` is (N, ...) uint8, ``labels`` (N,) integers in 0-255.
    """
    _check(images, labels)
    records = np.empty((len(images), 1 + images[0].size if len(images) else 1), dtype=np.uint8)
    records[:, 0] = labels
    records[:, 1:] = images.reshape(len(images), -1)
    return hashlib.sha256(records.tobytes()).hexdigest()


def content_digest(images: np.ndarray, labels: np.ndarray) -> str:
    """sha256 (hexadecimal) of the records ``label byte + image bytes``, sorted by :func:`image_order`.

    With CIFAR-10's images as red, green and blue plane this is the digest that every container of it must
    give. ``images`` is (N, C, H, W) uint8, ``labels`` (N,) integers in 0-255.
    """
    order = image_order(images, labels)
    return ordered_digest(images[order], labels[order])
