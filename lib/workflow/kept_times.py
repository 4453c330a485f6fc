"""Data that are made again, copied or touched without another content keep their time, so that nothing reruns.

Snakemake compares contents only of small files, and only as long as it has its records.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from lib.workflow.files import write_if_changed


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
