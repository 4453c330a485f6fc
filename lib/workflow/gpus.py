"""One GPU for each job: of those that are here, a job sees one that no other job holds."""

from __future__ import annotations

import importlib.util
import itertools
import logging
import os
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

VISIBLE = "CUDA_VISIBLE_DEVICES"
SLURM_JOB = "SLURM_JOB_ID"
SLOTS = "TRAININGS_PER_GPU"  # environment: how many jobs may hold one GPU, from the configuration
DEVICES = "/dev"
SECONDS = 1.0  # between two looks at GPUs that are all taken

log = logging.getLogger(__name__)
_held: list[FileLock] = []


def visible_gpus() -> list[str]:
    """Names of the GPUs as CUDA takes them: those that ``CUDA_VISIBLE_DEVICES`` lists, else all of this machine.

    As CUDA reads it, the list ends at the first entry that names no GPU, and one that names a GPU twice is empty. The
    system's devices do not tell their UUIDs: these count where there is any device.
    """
    folder = Path(DEVICES)
    # Windows shows its Linux all of its GPUs as one device of another name.
    count = len(list(folder.glob("nvidia[0-9]*"))) or int((folder / "dxg").exists())

    def is_here(entry: str) -> bool:
        return count > 0 if entry.startswith(("GPU-", "MIG-")) else entry.isdecimal() and int(entry) < count

    if VISIBLE not in os.environ:
        return [str(number) for number in range(count)]
    entries = (entry.strip() for entry in os.environ[VISIBLE].split(","))
    names = list(itertools.takewhile(is_here, entries))
    return names if len(set(names)) == len(names) else []


def built_for_cuda() -> bool:
    """Whether the installed PyTorch can use CUDA, found without importing it, which takes seconds; yes if in doubt.

    Where jobs have an environment of their own, Snakemake's may lack PyTorch.
    """
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return True
    version = Path(spec.origin).with_name("version.py")
    text = version.read_text(encoding="utf-8") if version.is_file() else ""
    return re.search(r"^cuda\b[^=\n]*=\s*None\b", text, re.MULTILINE) is None


def usable_gpus() -> list[str]:
    """:func:`visible_gpus` where PyTorch can use them, else none."""
    return visible_gpus() if built_for_cuda() else []


def hold_gpu(count: int) -> str | None:
    """Hold one GPU until this process ends, and make it the only one that CUDA sees; waits while all are taken.

    ``count`` is what the rule's resources ask for: with 0, and where there is no GPU that PyTorch can use, nothing
    happens. To be called before CUDA is used. As many jobs hold one GPU as ``TRAININGS_PER_GPU`` in the environment
    says, one without it; a GPU is shared only when every other one is taken as well.

    Locks lie in a folder of this user's, so that several workflows of one user share a machine's GPUs; those of other
    users are not seen, since a file that two users lock would have to belong to both. The system lets go of a lock
    when the process ends, however it ends. A Slurm job that was given one GPU has it to itself: nothing happens. One
    that was given several shares them out among its own processes only, as they are numbered anew in every job.
    """
    names = usable_gpus() if count else []
    if not names or (SLURM_JOB in os.environ and len(names) == 1):
        return None
    slots = int(os.environ.get(SLOTS, "1"))
    if (lock := _free(names, slots)) is None:
        log.info("waiting for a GPU: all of %s are taken", ", ".join(names))
        while (lock := _free(names, slots)) is None:
            time.sleep(SECONDS)
    name, held = lock
    _held.append(held)
    os.environ[VISIBLE] = name
    return name


def _free(names: Sequence[str], slots: int) -> tuple[str, FileLock] | None:
    folder = Path(tempfile.gettempdir()) / f"gpus-of-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    job = f"job-{os.environ[SLURM_JOB]}-" if SLURM_JOB in os.environ else ""
    for slot, name in itertools.product(range(slots), names):
        lock = FileLock(folder / f"{job}gpu-{re.sub(r'[^A-Za-z0-9-]', '_', name)}-{slot}.lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            continue
        return name, lock
    return None
