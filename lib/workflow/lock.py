"""One run at a time in one results folder; a killed run leaves no lock behind.

What a run computes is fixed when it begins: whoever reads the workflow beside it (a dry run, a start that will be
refused, a job on a cluster) may plan, but writes none of the small files that its jobs read.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

RUNNING = ".running"  # beside the lock, whose holder has begun to run jobs: a plan is over in seconds, a run is not
PLANNING_SECONDS = 60.0
ASKING_SECONDS = 1.0  # far more than for what one that only asks whether a run is at work has its lock


def try_hold(folder: Path) -> FileLock | None:
    """Lock ``folder`` for as long as this process lives, after another one's planning if need be; None beside a run."""
    lock = FileLock(folder / ".lock")
    waited = 0.0
    while not _acquired(lock):
        waited += ASKING_SECONDS
        if (folder / RUNNING).exists() or waited >= PLANNING_SECONDS:
            return None
    with writing(folder / RUNNING):
        (folder / RUNNING).unlink(missing_ok=True)  # of a run that was killed
    return lock


def _acquired(lock: FileLock) -> bool:
    with writing(Path(lock.lock_file)):
        try:
            lock.acquire(timeout=ASKING_SECONDS)
        except Timeout:
            return False
    return True


def begin(folder: Path, lock: FileLock | None) -> FileLock:
    """The lock of a plan that becomes a run. Ends the process with one line where it was planned beside another run."""
    if lock is None:
        hold(folder)
        raise SystemExit(f"{folder}: another snakemake was at work in this folder when this one began; start it again")
    with writing(folder / RUNNING):
        (folder / RUNNING).touch()
    return lock


def is_running(folder: Path) -> bool:
    """Whether a run is at work in ``folder``. Where another user's lock cannot even be read, one may be."""
    if not (folder / RUNNING).exists():
        return False
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except PermissionError:
        return _is_held(folder / ".lock")
    lock.release()
    return False


def _is_held(lock: Path) -> bool:
    """Whether another process has a lock that this one may read at most."""
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def hold(folder: Path) -> FileLock:
    """Lock ``folder`` for as long as this process lives; the system lets go even where the process is killed.

    Ends the process with one line where another one holds the folder.
    """
    return begin(folder, locked(folder, "another snakemake is at work in this folder; wait for it or stop it"))


def locked(folder: Path, otherwise: str) -> FileLock:
    """The lock of ``folder``. Ends the process with one line, which says ``otherwise``, where another one has it."""
    lock = FileLock(folder / ".lock")
    if not _acquired(lock):
        raise SystemExit(f"{folder}: {otherwise}")
    return lock


def check_writable(folder: Path) -> None:
    """End the process with one line if ``folder`` cannot be made or nothing can be written to it."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


def check_all_writable(folder: Path) -> None:
    """The same, also for the folders in it, however deep: files in them will be removed."""
    check_writable(folder)
    _check(Path(place) for place, _, _ in os.walk(folder))


def check_records_writable(folder: Path) -> None:
    """The same for what Snakemake keeps in ``folder`` and in its folders, but for its old logs."""
    check_writable(folder)
    _check(place for place in (*folder.glob("*"), *folder.glob("*/*")) if place.parent.name != "log")


def _check(places: Iterable[Path]) -> None:
    for place in places:
        if not os.access(place, os.W_OK, effective_ids=True) and place.exists():  # a run beside this one removes some
            raise _refusal(place, os.strerror(errno.EACCES))


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """End the process with one line where ``path`` cannot be written, as where it is another user's."""
    try:
        yield
    except OSError as error:
        raise _refusal(path, error.strerror) from None


def _refusal(path: Path, reason: str | None) -> SystemExit:
    return SystemExit(f"{path}: cannot be written to ({reason}); make room or give yourself the right to write there")
