"""CIFAR-10 from any of its containers: the official Python and binary versions, and an archive of PNG files.

Krizhevsky (2009), "Learning multiple layers of features from tiny images"; the file formats are those
described on the data set's page.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from lib.data.archive import tar_files
from lib.data.unpickle import IMAGE_BYTES, read_batch

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
TRAIN_COUNT, TEST_COUNT = 50_000, 10_000
_TRAIN_BATCHES = 5
_MAX_PNG = 64 * 2**10
_BATCH = re.compile(r"(?:data_batch_([1-5])|test_batch)(\.bin)?")
_LABELS = {name: label for label, name in enumerate(CLASS_NAMES)}


@dataclass(frozen=True)
class Cifar10:
    """Images (N, 3, 32, 32) and labels (N,), all uint8, in the container's order."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


@dataclass
class _Parts:
    """What has been read so far: images (N, 3072) and labels (N,) by split, then by batch or file."""

    train: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    test: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)


def _decode_png(content: bytes) -> np.ndarray:
    """The 3072 bytes, plane by plane, of a 32x32 RGB image."""
    if len(content) > _MAX_PNG:
        raise ValueError(f"{len(content)} bytes, more than the {_MAX_PNG} allowed for one image")
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            if image.size != (32, 32) or image.mode != "RGB":  # before any pixel is decoded
                raise ValueError(f"{image.size[0]}x{image.size[1]} {image.mode}, expected 32x32 RGB")
            pixels = np.asarray(image)
    except (OSError, SyntaxError, struct.error, Image.DecompressionBombError) as error:
        raise ValueError(f"unreadable image ({error})") from error
    return pixels.transpose(2, 0, 1).reshape(1, IMAGE_BYTES)


def _read_binary(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of one ``.bin`` file: records of a label byte and 3072 image bytes."""
    if len(content) % (1 + IMAGE_BYTES):
        raise ValueError(f"{len(content)} bytes are not a whole number of {1 + IMAGE_BYTES}-byte records")
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, 1 + IMAGE_BYTES)
    return records[:, 1:], records[:, 0]


def _add_batch(parts: _Parts, name: str, match: re.Match[str], content: bytes) -> str:
    target = parts.test if match[1] is None else parts.train
    key = match[1] or "test"
    if key in target:
        raise ValueError(f"a second {Path(name).name}")
    target[key] = _read_binary(content) if match[2] else read_batch(content)
    return "binary" if match[2] else "python"


def _add_png(parts: _Parts, name: str, content: bytes) -> str:
    folders = Path(name).parts[-3:-1]
    if len(folders) != 2 or folders[0] not in ("train", "test") or folders[1] not in _LABELS:
        raise ValueError("an image outside {train,test}/<class>/")
    target = parts.train if folders[0] == "train" else parts.test
    target["/".join(Path(name).parts[-2:])] = (
        _decode_png(content),
        np.array([_LABELS[folders[1]]], dtype=np.uint8),
    )
    return "png"


def _collect(files: Iterable[tuple[str, bytes]]) -> tuple[str, _Parts]:
    parts = _Parts()
    formats: set[str] = set()
    for name, content in files:
        base = Path(name).name
        match = _BATCH.fullmatch(base)
        try:
            if match:
                formats.add(_add_batch(parts, name, match, content))
            elif base.lower().endswith(".png"):
                formats.add(_add_png(parts, name, content))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        if len(formats) > 1:
            raise ValueError(f"{name}: a mixture of the formats {' and '.join(sorted(formats))}")
    if not formats:
        raise ValueError("none of CIFAR-10's batches or images in it")
    return formats.pop(), parts


def _join(blocks: dict[str, tuple[np.ndarray, np.ndarray]], what: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    found = sum(len(labels) for _, labels in blocks.values())
    if found != count:
        raise ValueError(f"{found} {what} images, expected {count}")
    ordered = [blocks[key] for key in sorted(blocks)]
    images = np.concatenate([images for images, _ in ordered]).reshape(-1, 3, 32, 32)
    labels = np.concatenate([labels for _, labels in ordered])
    if labels.size and labels.max() >= len(CLASS_NAMES):
        raise ValueError(f"{what} label {labels.max()}, expected 0 to {len(CLASS_NAMES) - 1}")
    return images, labels


def read_cifar10(archive: Path | str, *, n_train: int = TRAIN_COUNT, n_test: int = TEST_COUNT) -> Cifar10:
    """Read CIFAR-10 from an official archive (Python or binary version) or a PNG archive, whatever its name.

    Images come as (N, 3, 32, 32) uint8, planes red, green, blue, as in the official batches. The archive is
    streamed; nothing is unpacked to disk and no pickle is trusted. Raises ``ValueError``, one line that names
    the archive and the file in it, for anything missing, superfluous, unreadable, unsafe or of the wrong
    size.
    """
    files = tar_files(archive)  # its errors name the archive already
    try:
        form, parts = _collect(files)
        if form != "png":
            missing = [f"data_batch_{i}" for i in range(1, _TRAIN_BATCHES + 1) if str(i) not in parts.train]
            missing += [] if parts.test else ["test_batch"]
            if missing:
                raise ValueError(f"no {', '.join(missing)}")
        train, test = _join(parts.train, "training", n_train), _join(parts.test, "test", n_test)
    except ValueError as error:
        text = str(error)
        raise ValueError(text if text.startswith(f"{archive}: ") else f"{archive}: {text}") from error
    return Cifar10(*train, *test)
