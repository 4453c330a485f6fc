"""Small files of a run, by which Snakemake sees what a job depends on besides results."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from lib.workflow.clock import bring_to_the_present
from lib.workflow.files import write_if_changed
from lib.workflow.lock import RUNNING, begin, check_all_writable, check_writable, is_running, try_hold, writing


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
        self.may_write = self.may_share = True
        self._lock: FileLock | None = None

    def plan(self, is_main_process: bool) -> None:
        """Lock the run's folder, so that its small files can be written; beside a run of this name none is.

        Jobs on a cluster read the workflow again (``is_main_process`` is False): they take what the run has written.
        """
        own = self.at(f"{self.folder}/")  # with a slash, as Snakemake wants a prefix to be put before a folder
        for folder in (self.at("data/"), own, own / "inputs"):
            check_writable(folder)
        check_all_writable(self.here / ".snakemake")  # Snakemake would end with a traceback
        self._lock = try_hold(own) if is_main_process else None
        self.may_write = self._lock is not None
        others = (path.parent for path in own.parent.glob(f"*/{RUNNING}"))
        self.may_share = self.may_write and not any(is_running(o) for o in others if o != own)
        if is_main_process and not self.may_write:
            print(f"{own}: a run is at work here; this plan is of what it began with", file=sys.stderr)
        if self.may_write:
            bring_to_the_present(own, *([self.at("data/")] if self.may_share else []))

    def begin(self) -> None:
        """Begin to run jobs. Ends the process with one line where another run is at work here."""
        begin(self.at(f"{self.folder}/"), self._lock)

    def at(self, path: str) -> Path:
        """Where a file or folder lies that the rules call ``path``."""
        return self.here / self.moved(path)

    def write(self, path: str, text: str) -> str:
        """``path``, below :attr:`folder` or ``data``, with ``text``, where it may be written."""
        file = self.at(path)
        with writing(file):
            if not file.exists() or (self.may_share if path.startswith("data/") else self.may_write):
                write_if_changed(file, text)
        return path
