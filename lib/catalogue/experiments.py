"""The control experiments: they train further models on CIFAR-10, or look at trained ones again.

Each is a module of lib/studies, which says what it compares: ``ARMS`` are arms (section ``arms`` of the configuration;
those with a hyphen are the arms of sections 2.7 and 2.8) by any names, nested or not, and ``FILES`` the files of each
that it reads. Modules are read, not imported: what they import takes seconds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lib.workflow.own_files import own_files, parse_own, read_own_bytes

STUDIES = Path(__file__).parents[1] / "studies"


@dataclass(frozen=True)
class Control:
    """Names of the arms that a control experiment compares, and of the files of each that it reads."""

    arms: tuple[str, ...]
    files: tuple[str, ...]


@cache
def controls() -> dict[str, Control]:
    """All of them by name. Raises ValueError for a module with ``ARMS`` or ``FILES`` alone."""
    found = {}
    for path in own_files(STUDIES, "[!_]*.py"):
        constants = _constants(path)
        if len(constants) == 1:
            raise ValueError(f"{path}: {next(iter(constants))} alone; needed: ARMS and FILES, or neither")
        if constants:
            found[path.stem] = Control(tuple(dict.fromkeys(_leaves(constants["ARMS"]))), tuple(constants["FILES"]))
    return found


def _constants(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for node in parse_own(read_own_bytes(path), path).body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="ARMS" | "FILES" as name)], value=ast.expr() as value)
                | ast.AnnAssign(target=ast.Name(id="ARMS" | "FILES" as name), value=ast.expr() as value)
            ):
                found[name] = ast.literal_eval(value)
    return found


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    else:
        yield value
