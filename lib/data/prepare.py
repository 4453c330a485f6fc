"""From fetched files to prepared data sets, checked against the digests in the source list."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from lib.data import cifar10, mnist
from lib.data.dataset import Dataset, load_dataset, save_dataset
from lib.data.digest import image_order, ordered_digest
from lib.data.sources import Source, load_sources

__all__ = ["Dataset", "load_dataset", "prepare_cifar10", "prepare_mnist", "save_dataset"]


def prepare_mnist(raw_dir: Path | str, source: Source | None = None) -> Dataset:
    """MNIST in its official order, from the folder with its four IDX files.

    Raises ``ValueError``, one line, if a file is damaged or is not the official one.
    """
    source = source or load_sources()["mnist"]
    for file in source.files:
        path = Path(raw_dir) / file.name
        found = hashlib.sha256(mnist.read_unpacked(path)).hexdigest()
        if file.sha256 is not None and found != file.sha256:
            raise ValueError(f"{path}: unpacked sha256 is {found}, expected {file.sha256}; delete it and fetch again")
    raw = mnist.read_mnist(raw_dir, n_train=source.counts["train"], n_test=source.counts["test"])
    return Dataset(
        name=source.name,
        x_train=raw.x_train,
        y_train=raw.y_train.astype(np.int64),
        x_test=raw.x_test,
        y_test=raw.y_test.astype(np.int64),
        class_names=mnist.CLASS_NAMES,
        source=source.title,
        is_sample=False,
    )


def _sorted(images: np.ndarray, labels: np.ndarray, what: str, expected: str) -> tuple[np.ndarray, np.ndarray]:
    order = image_order(images, labels)
    images, labels = images[order], labels[order]
    found = ordered_digest(images, labels)
    if found != expected:
        raise ValueError(f"content digest of the {what} images is {found}, expected {expected}")
    return images, labels.astype(np.int64)


def prepare_cifar10(archive: Path | str, source: Source | None = None) -> Dataset:
    """CIFAR-10 from any of its containers, each split sorted by the sha256 of its images.

    The same arrays come out whatever the container and its order. Raises ``ValueError``, one line, if the
    archive is damaged or its content is not CIFAR-10's.
    """
    source = source or load_sources()["cifar10"]
    raw = cifar10.read_cifar10(archive, n_train=source.counts["train"], n_test=source.counts["test"])
    try:
        x_train, y_train = _sorted(raw.x_train, raw.y_train, "training", source.content["train"])
        x_test, y_test = _sorted(raw.x_test, raw.y_test, "test", source.content["test"])
    except ValueError as error:
        raise ValueError(f"{archive}: {error}; delete it and fetch again") from error
    return Dataset(
        name=source.name,
        x_train=x_train,
        y_train=y_train,
        x_test=x_test,
        y_test=y_test,
        class_names=cifar10.CLASS_NAMES,
        source=source.title,
        is_sample=False,
    )
