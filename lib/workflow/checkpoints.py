"""Checkpoints of unfinished trainings, under a key made of code, parameters and data."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

from lib.workflow.files import whole_files

log = logging.getLogger(__name__)


def checkpoint_key(*files: Path, **values: object) -> str:
    """A key that changes with the content of any of ``files`` and with any of ``values``."""
    digest = hashlib.sha256(repr(sorted(values.items())).encode())
    for path in files:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:20]


class CheckpointFolder:
    """Keeps the newest state and the one before it; a damaged one is named in the log and passed over.

    Each file starts with the sha256 of the rest, so that a cut or altered checkpoint is noticed.
    """

    def __init__(self, folder: Path) -> None:
        self.newest, self.previous = folder / "newest", folder / "previous"
        self.folder = folder

    def save(self, state: dict[str, Any]) -> None:
        """Write ``state`` (tensors, arrays, plain values) and keep the one that was newest until now."""
        body = pickle.dumps(state)
        with whole_files(self.newest) as (path,):
            path.write_bytes(hashlib.sha256(body).digest() + body)
            with contextlib.suppress(FileNotFoundError):  # at the first one
                os.replace(self.newest, self.previous)

    def load(self) -> dict[str, Any] | None:
        """The newest good state, or None."""
        for path in (self.newest, self.previous):
            if not path.exists():
                continue
            content = path.read_bytes()
            if hashlib.sha256(content[32:]).digest() != content[:32]:
                log.warning("checkpoint %s is damaged (cut short or altered); it is not used", path)
                continue
            return pickle.loads(content[32:])  # the project's own file, and its digest is right
        return None

    def clear(self) -> None:
        """Drop everything; called when the outputs are in place."""
        shutil.rmtree(self.folder, ignore_errors=True)
