"""One run at a time in one results folder; a killed run leaves no lock behind."""

from __future__ import annotations

import tempfile
from pathlib import Path

from filelock import FileLock, Timeout


def hold(folder: Path) -> FileLock:
    """Lock ``folder`` for as long as this process lives; the system lets go even where the process is killed.

    Ends the process with one line where another one holds the folder.
    """
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise SystemExit(f"{folder}: another snakemake is at work in this folder; wait for it or stop it") from None
    return lock


def check_writable(folder: Path) -> None:
    """End the process with one line if ``folder`` cannot be made or nothing can be written to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SystemExit(
            f"{folder}: cannot be written to ({error.strerror}); make room or give yourself the right to write there"
        ) from None
