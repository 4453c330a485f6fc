"""A prepared data set, and the file it is kept in.

Jobs that only read prepared data import this module alone, so that a change to a reader or to the fetching
code does not rerun them.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_ARRAYS = ("x_train", "y_train", "x_test", "y_test")
_KEYS = (*_ARRAYS, "name", "class_names", "source", "is_sample", "digest")


@dataclass(frozen=True)
class Dataset:
    """Images and labels, ready to be split.

    ``x_train`` and ``x_test`` are (N, C, H, W) uint8, ``y_train`` and ``y_test`` (N,) int64. ``name`` is
    ``mnist`` or ``cifar10`` (the role in the report, also of sample data), ``source`` says what the images
    really are.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]
    source: str
    is_sample: bool

    def digest(self) -> str:
        """blake2b (hexadecimal, 256 bits) of everything in the data set, in its order."""
        state = hashlib.blake2b(digest_size=32)
        labels = (self.name, *self.class_names, self.source, str(self.is_sample))
        state.update("\n".join(labels).encode())
        for key in _ARRAYS:
            array = np.ascontiguousarray(getattr(self, key))
            state.update(f"\n{key} {array.dtype.str} {array.shape}\n".encode())
            state.update(array.data)
        return state.hexdigest()


def save_dataset(path: Path | str, dataset: Dataset) -> None:
    """Write ``dataset`` to an uncompressed ``.npz``, whole or not at all; equal data gives equal bytes."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(
                file,
                allow_pickle=False,
                **{key: np.ascontiguousarray(getattr(dataset, key)) for key in _ARRAYS},
                name=np.array(dataset.name),
                class_names=np.array(dataset.class_names),
                source=np.array(dataset.source),
                is_sample=np.array(dataset.is_sample),
                digest=np.array(dataset.digest()),
            )
        os.chmod(temporary, 0o644)  # mkstemp makes files that nobody else may read
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load_dataset(path: Path | str) -> Dataset:
    """Read a data set that :func:`save_dataset` wrote, and check it against the digest stored with it.

    Raises ``FileNotFoundError`` if there is no such file, ``ValueError`` with one line naming the file if it
    is damaged, incomplete or altered.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            missing = [key for key in _KEYS if key not in stored]
            if missing:
                raise ValueError(f"no {', '.join(missing)} in it")
            values = {key: stored[key] for key in _KEYS}
    except FileNotFoundError:
        raise
    except (ValueError, OSError, EOFError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{path}: not a prepared data set, or damaged ({reason}); delete it and run again") from error
    dataset = Dataset(
        name=str(values["name"]),
        class_names=tuple(str(name) for name in values["class_names"]),
        source=str(values["source"]),
        is_sample=bool(values["is_sample"]),
        **{key: values[key] for key in _ARRAYS},
    )
    expected, found = str(values["digest"]), dataset.digest()
    if found != expected:
        raise ValueError(f"{path}: altered: its digest should be {expected} but is {found}; delete it and run again")
    return dataset
