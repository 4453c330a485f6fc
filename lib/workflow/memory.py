"""What parsing gave, remembered from one start of Snakemake to the next: it only saves time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lib.workflow.files import write_if_changed

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")


def remembered(path: Path, made_by: str, read: Callable[[dict[str, Any]], T]) -> dict[str, T]:
    """What :func:`remember` has written, each entry as ``read`` makes it of its fields.

    Nothing where the file is missing, damaged, or made by other code.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["made_by"] != made_by:
            return {}
        return {name: read(entry) for name, entry in found["entries"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def remember(path: Path, made_by: str, entries: Mapping[str, DataclassInstance]) -> None:
    """Write ``entries`` down for the next start."""
    fields = {name: asdict(entries[name]) for name in sorted(entries)}
    write_if_changed(path, json.dumps({"made_by": made_by, "entries": fields}, indent=1) + "\n")
