"""Small files of a run, by which Snakemake sees what a job depends on besides results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import FileLock

from lib.workflow.clock import bring_to_the_present
from lib.workflow.files import write_if_changed
from lib.workflow.lock import (
    RUNNING,
    begin,
    check_all_writable,
    check_records_writable,
    check_writable,
    is_running,
    locked,
    try_hold,
    writing,
)


class SmallFiles:
    """Writes them where their content has changed, and never beside a run that may read them.

    Parameters
    ----------
    run : its name
    here : where Snakemake runs
    moved : where a file of the rules lies, from its path in them: elsewhere in a module with a ``prefix:``
    """

    def __init__(self, run: str, here: Path, moved: Callable[[str], str] = str) -> None:
        self.here = here
        self.moved = moved
        self.folder = f"results/{run}"
        self.may_write = True
        self.has_begun = False
        self._lock: FileLock | None = None
        self._data_locks: list[FileLock] = []
        self._shared: dict[Path, bytes] = {}  # what shared files said when this run was planned

    def plan(self, is_main_process: bool) -> None:
        """Lock the run's folder, so that its small files can be written; beside a run of this name none is.

        Jobs on a cluster read the workflow again (``is_main_process`` is False): they take what the run has written.
        """
        own = self.at(f"{self.folder}/")  # with a slash, as Snakemake wants a prefix to be put before a folder
        check_writable(self.at("data/"))
        check_all_writable(own)  # Snakemake would end with a traceback
        check_writable(own / "inputs")
        check_records_writable(self.here / ".snakemake")
        self._lock = try_hold(own) if is_main_process else None
        self.may_write = self._lock is not None
        if is_main_process and not self.may_write:
            print(f"{own}: a run is at work here; this plan is of what it began with", file=sys.stderr)
        if self.may_write:
            bring_to_the_present(own, *([] if self.other else [self.at("data/")]))

    @property
    def other(self) -> Path | None:
        """The folder of another run that may be at work and read ``data/``."""
        own = self.at(f"{self.folder}/")
        folders = (path.parent for path in sorted(own.parent.glob(f"*/{RUNNING}")))
        return next((folder for folder in folders if folder != own and is_running(folder)), None)

    def begin(self, made: Iterable[Path]) -> None:
        """Begin to run jobs, by which the files ``made`` come to be.

        Ends the process with one line where another run is at work here, where one prepares the same data or may read
        what this one would make again, and where shared files are not those with which this one was planned.
        """
        begin(self.at(f"{self.folder}/"), self._lock)
        for file, content in self._shared.items():
            if not file.is_file() or file.read_bytes() != content:
                raise SystemExit(f"{file}: changed since this run was planned; start it again")
        data = [path for path in made if path.is_relative_to(self.at("data/"))]
        for folder in sorted({path.parent for path in data}):
            self._data_locks.append(locked(folder, "another run prepares data there; start again when it has"))
        if (again := next((path for path in data if path.exists()), None)) and (other := self.other):
            raise SystemExit(f"{again}: to be made again, but {other} may read it; start again when that run is over")
        self.has_begun = True

    def at(self, path: str) -> Path:
        """Where a file or folder lies that the rules call ``path``."""
        return self.here / self.moved(path)

    def write(self, path: str, text: str) -> str:
        """``path``, below :attr:`folder` or ``data``, with ``text``, where it may be written."""
        file = self.at(path)
        with writing(file):
            if path.startswith("data/"):
                self._share(file, text)
            elif self.may_write or not file.exists():
                write_if_changed(file, text)
        return path

    def _share(self, file: Path, text: str) -> None:
        """Write a file of all runs, unless one is at work that may read it."""
        content = file.read_bytes() if file.exists() else None
        if content in (None, text.encode()) or (self.may_write and not (other := self.other)):
            write_if_changed(file, text)
            content = text.encode()
        elif self.may_write:
            print(f"{file}: stays as it is, since {other} may be at work and read it", file=sys.stderr)
        self._shared[file] = content
