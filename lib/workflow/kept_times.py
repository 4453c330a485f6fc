"""Data that are made again, copied or touched without another content keep their time, so that nothing reruns.

Snakemake compares contents only of small files, and only as long as it has its records.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lib.workflow.files import write_if_changed
from lib.workflow.small_files import SmallFiles


def keep_time(data: Path, digest: str, note: Path) -> None:
    """Give ``data`` back the time since which it has had its content; ``note`` remembers that, and the ``digest``.

    Another content counts as new, whatever time came with it.
    """
    with contextlib.suppress(PermissionError):  # times of other people's files stay as they are
        known = note.read_text(encoding="utf-8").strip() if note.is_file() else None
        if known == digest:
            since = note.stat().st_mtime_ns
            if data.stat().st_mtime_ns > since:
                os.utime(data, ns=(since, since))
            return
        if known is not None:
            os.utime(data)
        write_if_changed(note, f"{digest}\n")
        since = data.stat().st_mtime_ns
        os.utime(note, ns=(since, since))


def same_time(
    files: SmallFiles, path: str, digest_of: Callable[[Path], str | None], then: Callable[[], None]
) -> Callable[[Any], list[str]]:
    """A function of wildcards that gives no file, to stand among a rule's inputs beside the data ``path``.

    Snakemake asks it before it compares times, and once more when the data have been made: it keeps their time, and
    does ``then``.
    """

    def keep(wildcards: Any) -> list[str]:
        data = files.at(path)
        if files.may_write and (digest := digest_of(data)):
            keep_time(data, digest, files.at(f"{files.folder}/inputs/{path}.txt"))
            then()
        return []

    return keep
