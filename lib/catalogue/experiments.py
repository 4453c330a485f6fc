"""The experiments of lib/controls, which train further models on CIFAR-10 or look at trained ones again.

Their names are those of the modules; which arms an experiment compares, and which files of their results it reads,
stands in the module's ``ARMS`` and ``FILES``. Modules are read, not imported: what they import takes seconds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

CONTROLS = Path(__file__).parents[1] / "controls"


@dataclass(frozen=True)
class Control:
    """Names of the arms (section ``arms`` of the configuration; those with a hyphen are the arms of sections 2.7 and
    2.8), and of the files of each that the experiment reads."""

    arms: tuple[str, ...]
    files: tuple[str, ...]


@cache
def controls() -> dict[str, Control]:
    """All of them by name. Raises ValueError for a module without ``ARMS`` or ``FILES``."""
    return {path.stem: _control(path) for path in sorted(CONTROLS.glob("[!_]*.py"))}


def _control(path: Path) -> Control:
    found: dict[str, Any] = {}
    for node in ast.parse(path.read_bytes(), filename=str(path)).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="ARMS" | "FILES" as name)]):
                found[name] = ast.literal_eval(node.value)
    if missing := [name for name in ("ARMS", "FILES") if name not in found]:
        raise ValueError(
            f"{path}: {missing[0]} is missing; needed: ARMS, the arms by name, and FILES, what is read of them"
        )
    return Control(tuple(dict.fromkeys(_leaves(found["ARMS"]))), tuple(found["FILES"]))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    else:
        yield value
