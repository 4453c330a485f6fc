"""MNIST from its IDX files.

LeCun, Cortes & Burges (1998), "The MNIST database of handwritten digits", which describes the format: two
zero bytes, the type of the values, the number of dimensions, each dimension as a big-endian 32-bit number,
the values.
"""

from __future__ import annotations

import lzma
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.data.archive import open_unpacked

CLASS_NAMES = tuple(str(digit) for digit in range(10))
TRAIN_COUNT, TEST_COUNT = 60_000, 10_000
_UNSIGNED_BYTE = 8
_MAX_BYTES = 64 * 2**20  # the largest file has 47 MB


@dataclass(frozen=True)
class Mnist:
    """Images (N, 1, 28, 28) and labels (N,), all uint8, in the official order."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def read_unpacked(path: Path | str, limit: int = _MAX_BYTES) -> bytes:
    """The bytes of a file, unpacked if it is packed.

    Raises ``ValueError``, one line that names the file, if it is damaged or has more than ``limit`` bytes.
    """
    try:
        with open_unpacked(path) as file:
            content = file.read(limit + 1)
    except FileNotFoundError:
        raise
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ValueError(f"{path}: damaged packed file ({error})") from error
    if len(content) > limit:
        raise ValueError(f"{path}: unpacks to more than {limit} bytes")
    return content


def parse_idx(content: bytes) -> np.ndarray:
    """The array in an IDX file of unsigned bytes; ``ValueError`` says what was expected."""
    if len(content) < 4 or content[:3] != bytes([0, 0, _UNSIGNED_BYTE]) or content[3] == 0:
        raise ValueError(f"not an IDX file of unsigned bytes: starts with {content[:4].hex() or 'nothing'}")
    ndim = content[3]
    start = 4 + 4 * ndim
    if len(content) < start:
        raise ValueError(f"cut short: {len(content)} bytes, expected a header of {start}")
    shape = struct.unpack(f">{ndim}I", content[4:start])
    if len(content) - start != math.prod(shape):
        raise ValueError(f"{len(content) - start} values, expected {math.prod(shape)} for shape {shape}")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def read_idx(path: Path | str) -> np.ndarray:
    """The uint8 array in an IDX file, gzipped or not.

    Raises ``ValueError``, one line that names the file, if it is damaged or anything but its header and
    exactly the values that the header announces.
    """
    content = read_unpacked(path)
    try:
        return parse_idx(content)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _pair(folder: Path, prefix: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    image_file = folder / f"{prefix}-images-idx3-ubyte.gz"
    label_file = folder / f"{prefix}-labels-idx1-ubyte.gz"
    images, labels = read_idx(image_file), read_idx(label_file)
    if images.shape != (count, 28, 28):
        raise ValueError(f"{image_file}: shape {images.shape}, expected {(count, 28, 28)}")
    if labels.shape != (count,):
        raise ValueError(f"{label_file}: shape {labels.shape}, expected {(count,)}")
    if labels.size and labels.max() > 9:
        raise ValueError(f"{label_file}: label {labels.max()}, expected 0 to 9")
    return images.reshape(count, 1, 28, 28), labels


def read_mnist(folder: Path | str, *, n_train: int = TRAIN_COUNT, n_test: int = TEST_COUNT) -> Mnist:
    """Read the four IDX files in ``folder``; images come as (N, 1, 28, 28) uint8.

    Raises ``FileNotFoundError`` or ``ValueError``, one line that names the file and what was expected.
    """
    return Mnist(*_pair(Path(folder), "train", n_train), *_pair(Path(folder), "t10k", n_test))
