"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # Snakemake reads and writes its small files without it
    import numpy as np


@contextlib.contextmanager
def whole_files(*targets: Path) -> Iterator[tuple[Path, ...]]:
    """Temporary paths beside ``targets``; they replace the targets together when the block ends without an error.

    What a killed process of this machine left of an earlier try is removed first.
    """
    temporary = []
    try:
        for target in targets:
            target.parent.mkdir(parents=True, exist_ok=True)
            _remove_leftovers(target)
            handle, name = tempfile.mkstemp(
                dir=target.parent, prefix=f"{_mark(target)}{os.getpid()}-", suffix=target.suffix
            )
            os.close(handle)
            temporary.append(Path(name))
        yield tuple(temporary)
        mask = os.umask(0)
        os.umask(mask)
        for path, target in zip(temporary, targets, strict=True):
            path.chmod(0o666 & ~mask)  # mkstemp makes files that only their owner may read
            os.replace(path, target)
    finally:
        for path in temporary:
            path.unlink(missing_ok=True)


def _mark(target: Path) -> str:
    """How the names of a target's temporary files begin, before the number of the process that writes them."""
    return f".{target.stem}-{socket.gethostname()}-"


def _remove_leftovers(target: Path) -> None:
    mark = _mark(target)
    for path in target.parent.glob(f"{glob.escape(mark)}*{glob.escape(target.suffix)}"):
        try:
            import psutil  # only here: bundles are also written on machines that have little more than NumPy
        except ModuleNotFoundError:
            return
        process = path.name.removeprefix(mark).split("-")[0]
        if process.isdigit() and not psutil.pid_exists(int(process)):
            path.unlink(missing_ok=True)


def write_if_changed(target: Path, text: str) -> bool:
    """Write ``text`` unless the file already holds it, so that its time tells when its content last changed."""
    with contextlib.suppress(FileNotFoundError):
        if target.read_bytes() == text.encode():
            return False
    with whole_files(target) as (path,):
        path.write_bytes(text.encode())
    return True


def stable_json(value: Any, *, sort_keys: bool = True) -> str:
    """JSON text, with sorted keys unless their order means something: the same value gives the same bytes."""
    return json.dumps(value, indent=1, sort_keys=sort_keys, ensure_ascii=False) + "\n"


def read_json(path: Path) -> Any:
    """The content of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def save_arrays(path: Path, **arrays: np.ndarray) -> None:
    """An uncompressed npz file; the same arrays give the same bytes."""
    import numpy as np

    with path.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an npz file."""
    import numpy as np

    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def code_digest(stamp: str) -> str:
    """The digest at the head of a code stamp (see ``lib.workflow.stamps``), or a bare digest as it is."""
    return stamp.split()[0]


def file_digest(path: Path) -> str:
    """sha256 of a file's bytes, as hexadecimal text."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
