"""Networks in files: the npz that this package writes, and the pickled ``.npy`` of the course, read safely."""

import io
import json
import os
import pickle
import re
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

SETTINGS = "settings"
Path = str | os.PathLike[str]

# All that a pickled dictionary of arrays asks for. NumPy 1 called its inner package numpy.core.
_ALLOWED = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
    ("_codecs", "encode"),
}


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        module = re.sub(r"^numpy\.core\b", "numpy._core", module)
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no dictionary of arrays needs")
        return super().find_class(module, name)


def write_network(path: Path, settings: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays and the JSON of ``settings`` to an npz file, without pickle; the name is taken as it is."""
    entries: dict[str, Any] = {SETTINGS: np.array(json.dumps(settings)), **arrays}
    with open(path, "wb") as file:
        np.savez(file, **entries)


def read_network(path: Path) -> tuple[dict[str, Any] | None, dict[str, np.ndarray]]:
    """Settings (None for a file of the course) and arrays by name; :exc:`ValueError` if it holds something else."""
    with open(path, "rb") as file:
        start = file.read(6)
        file.seek(0)
        if start == np.lib.format.MAGIC_PREFIX:
            return None, _read_course_file(path, file)
        try:
            with np.load(file, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in getattr(archive, "files", ())}
        except (OSError, EOFError, ValueError) as error:
            raise ValueError(f"{path}: no network: {error}") from error
    if SETTINGS not in arrays:
        raise ValueError(f"{path}: no network, it lacks '{SETTINGS}'; written by FullyConnectedNet.save?")
    return json.loads(str(arrays.pop(SETTINGS))), arrays


def _read_course_file(path: Path, file: BinaryIO) -> dict[str, np.ndarray]:
    """What ``np.save(path, params)`` wrote for a dictionary: one object in an array, pickled."""
    version = np.lib.format.read_magic(file)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(file)
    if shape != () or not dtype.hasobject:
        raise ValueError(f"{path}: no network, but an array {shape} {dtype}; needed: a dictionary of arrays")
    try:
        params = _ArraysOnly(io.BytesIO(file.read())).load().item()
    except Exception as error:  # a broken pickle raises nearly anything
        raise ValueError(f"{path}: no network, its pickle is refused or broken: {error}") from error
    if not isinstance(params, dict) or not all(isinstance(array, np.ndarray) for array in params.values()):
        raise ValueError(f"{path}: no network; needed: a dictionary of arrays")
    return params
