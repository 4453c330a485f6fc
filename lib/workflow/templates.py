"""What the report's templates print, parsed once each and remembered: parsing all of them takes half a second."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lib.report import needs
from lib.report.needs import Needs, joined, needs_of
from lib.workflow.memory import remember, remembered
from lib.workflow.own_files import read_own


class Templates:
    """Needs of templates by their text, kept in the file ``remember``; see :meth:`save`."""

    def __init__(self, remember: Path) -> None:
        self._remember = remember
        self._made_by = hashlib.sha256(Path(needs.__file__).read_bytes()).hexdigest()
        self._remembered = remembered(remember, self._made_by, _needs)
        self._used: dict[str, Needs] = {}

    def needs(self, paths: Iterable[Path]) -> Needs:
        """What these templates print. Ends the process with one line that names the one that cannot be read."""
        return joined(self._of(path) for path in paths)

    def _of(self, path: Path) -> Needs:
        text = read_own(path)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if digest not in self._used:
            try:
                self._used[digest] = self._remembered.get(digest) or needs_of(text, _name(path))
            except ValueError as error:
                raise SystemExit(str(error)) from None
        return self._used[digest]

    def save(self) -> None:
        """Write what has been parsed to the file that was given for it."""
        remember(self._remember, self._made_by, self._used)


def _name(path: Path) -> str:
    """A file of the project as seen from its folder, where Snakemake runs."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _needs(fields: Mapping[str, Any]) -> Needs:
    return Needs(**{kind: tuple(ids) for kind, ids in fields.items()})
