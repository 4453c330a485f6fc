"""Files from the future, as a wrong clock leaves them: nothing made from them could ever be newer."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path


def bring_to_the_present(*folders: Path) -> None:
    """Give files below ``folders`` whose times lie in the future the present one, in the order they had, and say so.

    Snakemake fails every job that reads such a file, and removes what the job has made. Since the order stays, this
    reruns nothing. Ends the process with one line where a time cannot be changed.
    """
    now = time.time_ns()
    times = {}
    for path in _below(folders):
        with contextlib.suppress(FileNotFoundError):  # gone since: another process writes whole files here
            if path.is_file():
                times[path] = path.stat().st_mtime_ns
    early = sorted((path for path in times if times[path] > now), key=lambda path: times[path])
    ranks = {late: rank for rank, late in enumerate(sorted({times[path] for path in early}, reverse=True), start=1)}
    for path in early:
        present = now - ranks[times[path]] * 1000  # a microsecond apart, as finely as Snakemake compares
        try:
            os.utime(path, ns=(present, present))
        except OSError as error:
            raise SystemExit(
                f"{path}: is from the future ({_date(times[path])}), and its time cannot be changed ({error.strerror});"
                " set the clock, or have its owner touch it"
            ) from None
    if early:
        latest = _date(times[early[-1]])
        print(
            f"{folders[0]}: {len(early)} files from the future (the last: {latest}) count as made now", file=sys.stderr
        )


def _below(tops: Iterable[Path]) -> Iterator[Path]:
    """Files in folders and in those below them, also where symbolic links lead to another one: each folder once."""
    seen = set()
    for top in tops:
        for folder, below, names in os.walk(top, followlinks=True):
            if (real := os.path.realpath(folder)) in seen:
                below.clear()
                continue
            seen.add(real)
            yield from (Path(folder, name) for name in names)


def _date(nanoseconds: int) -> str:
    return datetime.fromtimestamp(nanoseconds / 1e9).strftime("%Y-%m-%d %H:%M")
