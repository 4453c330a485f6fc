"""Reading the batches of CIFAR-10's Python version without running what a pickle asks for.

A pickle may name any callable. Here the few names that the official batches use are answered by inert
stand-ins, which only keep what they are given; any other name is refused. No NumPy object is built by the
pickle, either: the array is made afterwards, from bytes that have been checked.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np

IMAGE_BYTES = 3072


class _Type:
    """Stands in for ``numpy.dtype``."""

    __slots__ = ("code",)

    def __init__(self, code: Any, *_: Any) -> None:
        self.code = code.decode("ascii", "replace") if isinstance(code, bytes) else code

    def __setstate__(self, state: Any) -> None:
        """The state holds byte order and alignment, which single bytes do not have."""


class _Array:
    """Stands in for the array that ``numpy.core.multiarray._reconstruct`` would make."""

    __slots__ = ("state",)

    def __init__(self, *_: Any) -> None:
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Encode:
    """Stands in for ``_codecs.encode``, by which Python 3 writes bytes in the pickle protocol of Python 2."""

    __slots__ = ()

    def __call__(self, text: Any, encoding: Any = "latin1") -> bytes:
        if not isinstance(text, str) or encoding not in ("latin1", b"latin1"):
            raise pickle.UnpicklingError("bytes in an unexpected encoding")
        return text.encode("latin1")


class _BatchUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        match module, name:
            case ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct"):
                return _Array
            case ("numpy", "ndarray"):
                return "ndarray"  # only ever handed to _reconstruct
            case ("numpy", "dtype"):
                return _Type
            case ("_codecs", "encode"):
                return _Encode()
        raise pickle.UnpicklingError(f"the pickle asks for {module}.{name}, which no batch of CIFAR-10 needs: refused")


def _images(value: Any) -> np.ndarray:
    if not isinstance(value, _Array) or not isinstance(value.state, tuple) or len(value.state) != 5:
        raise ValueError("'data' is not an array")
    _, shape, kind, fortran, raw = value.state
    if not isinstance(kind, _Type) or kind.code not in ("u1", "|u1") or fortran or not isinstance(raw, bytes):
        raise ValueError("'data' is not an array of unsigned bytes, row by row")
    if not isinstance(shape, tuple) or len(shape) != 2 or shape[1] != IMAGE_BYTES or len(raw) != shape[0] * shape[1]:
        raise ValueError(f"'data' has shape {shape} in {len(raw)} bytes, expected (N, {IMAGE_BYTES})")
    return np.frombuffer(raw, dtype=np.uint8).reshape(shape)


def read_batch(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 3072) and labels (N,), both uint8, of one pickled batch.

    Raises ``ValueError``, one line, if the pickle is damaged, asks for anything but bytes, numbers and one
    array, or holds other values than a batch does.
    """
    try:
        batch = _BatchUnpickler(io.BytesIO(content), encoding="bytes").load()
    # A pickle is a program: a hostile or damaged one can fail in any way, and every way means the same.
    except Exception as error:
        raise ValueError(f"not a batch of CIFAR-10 ({' '.join(str(error).split())})") from error
    if not isinstance(batch, dict):
        raise ValueError(f"not a batch of CIFAR-10 (a {type(batch).__name__}, expected a dictionary)")
    values = {key.decode("latin1") if isinstance(key, bytes) else key: value for key, value in batch.items()}
    images = _images(values.get("data"))
    labels = values.get("labels")
    if not isinstance(labels, list) or any(type(label) is not int or not 0 <= label <= 255 for label in labels):
        raise ValueError("'labels' is not a list of small numbers")
    if len(labels) != len(images):
        raise ValueError(f"{len(images)} images but {len(labels)} labels")
    return images, np.array(labels, dtype=np.uint8)
