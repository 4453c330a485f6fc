"""Data that are made again, copied or touched without another content keep their time, so that nothing reruns.

Snakemake compares contents only of small files, and only as long as it has its records.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lib.report.yaml_files import unreadable
from lib.workflow.files import write_if_changed
from lib.workflow.lock import writing
from lib.workflow.own_files import read_own
from lib.workflow.small_files import SmallFiles


def keep_time(data: Path, digest: str, note: Path) -> None:
    """Give ``data`` back the time since which it has had its content; ``note`` remembers that, and the ``digest``.

    Another content counts as new, whatever time came with it. Ends the process with one line where it cannot, as where
    the data are another user's and older than the note, or where the note cannot be read or written.
    """
    known = _known(note)
    if known == digest:
        since = note.stat().st_mtime_ns
        if data.stat().st_mtime_ns > since:
            with contextlib.suppress(PermissionError):  # another user's: what is made from them is made again
                os.utime(data, ns=(since, since))
        return
    if known is not None:
        _count_as_new(data, note)
    with writing(note):
        write_if_changed(note, f"{digest}\n")
        since = data.stat().st_mtime_ns
        os.utime(note, ns=(since, since))


def _known(note: Path) -> str | None:
    return read_own(note).strip() if note.exists() else None


def _count_as_new(data: Path, note: Path) -> None:
    try:
        os.utime(data)
    except PermissionError as error:
        if data.stat().st_mtime_ns <= note.stat().st_ctime_ns:  # a time that may be older than what was made since
            raise SystemExit(
                f"{data}: has another content than before, but an old time, which cannot be changed ({error.strerror});"
                " have its owner touch it"
            ) from None


def same_time(
    files: SmallFiles, path: str, digest_of: Callable[[Path], str | None], then: Callable[[], None]
) -> Callable[[Any], list[str]]:
    """A function of wildcards that gives no file, to stand among a rule's inputs beside the data ``path``.

    Snakemake asks it before it compares times, and once more when the data have been made: it keeps their time, and
    does ``then``. It ends the process with one line where the data would count as new while another run may read them.
    """

    def keep(wildcards: Any) -> list[str]:
        data = files.at(path)
        if files.may_write and (digest := _told(digest_of, data)):
            note = files.at(f"{files.folder}/inputs/{path}.txt")
            if not files.has_begun and _known(note) not in (None, digest) and (other := files.other):
                raise SystemExit(f"{data}: has changed, but {other} may read it; start again when that run is over")
            keep_time(data, digest, note)
            then()
        return []

    return keep


def _told(digest_of: Callable[[Path], str | None], data: Path) -> str | None:
    try:
        return digest_of(data)
    except OSError as error:
        raise SystemExit(unreadable(str(data), error)) from None
