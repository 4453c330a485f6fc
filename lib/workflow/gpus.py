"""One GPU for each job: of those that are here, a job sees one that no other job holds."""

from __future__ import annotations

import logging
import os
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

VISIBLE = "CUDA_VISIBLE_DEVICES"
DEVICES = "/dev"
SECONDS = 1.0  # between two looks at GPUs that are all taken

log = logging.getLogger(__name__)
_held: list[FileLock] = []


def visible_gpus() -> list[str]:
    """Names of the GPUs as CUDA takes them: those that ``CUDA_VISIBLE_DEVICES`` lists, else all of this machine."""
    if VISIBLE in os.environ:
        return [name.strip() for name in os.environ[VISIBLE].split(",") if name.strip()]
    return [str(number) for number, _ in enumerate(Path(DEVICES).glob("nvidia[0-9]*"))]


def hold_gpu(count: int) -> str | None:
    """Hold one GPU until this process ends, and make it the only one that CUDA sees; waits while all are taken.

    ``count`` is what the rule's resources ask for: with 0, and where there is no GPU, nothing happens. To be called
    before CUDA is used. Locks lie in the system's folder for temporary files, so that several workflows of one machine
    share its GPUs; the system lets them go when the process ends, however it ends.
    """
    names = visible_gpus() if count else []
    if not names:
        return None
    if (lock := _free(names)) is None:
        log.info("waiting for a GPU: all of %s are taken", ", ".join(names))
        while (lock := _free(names)) is None:
            time.sleep(SECONDS)
    name, held = lock
    _held.append(held)
    os.environ[VISIBLE] = name
    return name


def _free(names: Sequence[str]) -> tuple[str, FileLock] | None:
    for name in names:
        file = Path(tempfile.gettempdir()) / f"gpu-{re.sub(r'[^A-Za-z0-9-]', '_', name)}.lock"
        lock = FileLock(file, mode=0o666)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            continue
        return name, lock
    return None
