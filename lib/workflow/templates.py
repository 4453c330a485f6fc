"""What the report's templates print, parsed once each and remembered: parsing all of them takes half a second."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from lib.report import needs
from lib.report.needs import Needs, joined, needs_of
from lib.workflow.files import write_if_changed
from lib.workflow.own_files import read_own


class Templates:
    """Needs of templates by their text, kept in the file ``remember``; see :meth:`save`."""

    def __init__(self, remember: Path) -> None:
        self._remember = remember
        self._made_by = hashlib.sha256(Path(needs.__file__).read_bytes()).hexdigest()
        self._remembered = _read(remember, self._made_by)
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
        known = {digest: asdict(self._used[digest]) for digest in sorted(self._used)}
        write_if_changed(self._remember, json.dumps({"made_by": self._made_by, "templates": known}, indent=1) + "\n")


def _name(path: Path) -> str:
    """A file of the project as seen from its folder, where Snakemake runs."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _read(path: Path, made_by: str) -> dict[str, Needs]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["made_by"] != made_by:
            return {}
        return {
            digest: Needs(**{kind: tuple(ids) for kind, ids in entry.items()})
            for digest, entry in found["templates"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # missing or damaged: parsed anew
        return {}
