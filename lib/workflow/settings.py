"""Sections of the configuration, read back from the files that the workflow wrote."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lib.workflow.files import read_json


def join_sections(paths: Sequence[Path]) -> dict[str, Any]:
    """One nested mapping from section files, each named after its section: ``overfit.grid.json``."""
    joined: dict[str, Any] = {}
    for path in paths:
        *parents, name = path.name.removesuffix(".json").split(".")
        place = joined
        for parent in parents:
            place = place.setdefault(parent, {})
        place[name] = read_json(path)
    return joined
