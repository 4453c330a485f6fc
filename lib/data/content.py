"""Whether an archive holds a data set, whatever its container: its content alone decides."""

from __future__ import annotations

from pathlib import Path

from lib.data.cifar10 import read_cifar10
from lib.data.digest import content_digest
from lib.data.sources import Source


def check_cifar10(archive: Path, source: Source) -> None:
    """Raise ``ValueError``, one line, unless ``archive`` holds the images and labels of CIFAR-10."""
    raw = read_cifar10(archive, n_train=source.counts["train"], n_test=source.counts["test"])
    parts = {"train": (raw.x_train, raw.y_train), "test": (raw.x_test, raw.y_test)}
    for part, (images, labels) in parts.items():
        if (found := content_digest(images, labels)) != source.content[part]:
            raise ValueError(f"{archive}: content digest of the {part} images {found}, expected {source.content[part]}")
