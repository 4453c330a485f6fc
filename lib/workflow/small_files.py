"""Small files of a run, by which Snakemake sees what a job depends on besides results."""

from __future__ import annotations

import sys
from pathlib import Path

from filelock import FileLock

from lib.workflow.clock import bring_to_the_present
from lib.workflow.files import write_if_changed
from lib.workflow.lock import RUNNING, begin, check_writable, is_running, try_hold


class SmallFiles:
    """Writes them where their content has changed, and never beside a run that may read them.

    Parameters
    ----------
    run : its name
    here : where Snakemake runs
    """

    def __init__(self, run: str, here: Path) -> None:
        self.run = run
        self.here = here
        self.folder = f"results/{run}"
        self.may_write = self.may_share = True
        self._lock: FileLock | None = None

    def plan(self, is_main_process: bool) -> None:
        """Lock the run's folder, so that its small files can be written; beside a run of this name none is.

        Jobs on a cluster read the workflow again (``is_main_process`` is False): they take what the run has written.
        """
        for folder in ("data", self.folder):
            check_writable(self.here / folder)
        self._lock = try_hold(self.here / self.folder) if is_main_process else None
        self.may_write = self._lock is not None
        others = (path.parent for path in (self.here / "results").glob(f"*/{RUNNING}"))
        self.may_share = self.may_write and not any(is_running(o) for o in others if o.name != self.run)
        if is_main_process and not self.may_write:
            print(f"{self.folder}: a run is at work here; this plan is of what it began with", file=sys.stderr)
        for folder, is_ours in ((self.folder, self.may_write), ("data", self.may_share)):
            if is_ours:
                bring_to_the_present(self.here / folder)

    def begin(self) -> None:
        """Begin to run jobs. Ends the process with one line where another run is at work here."""
        begin(self.here / self.folder, self._lock)

    def write(self, path: str, text: str) -> str:
        """``path``, below :attr:`folder` or ``data``, with ``text``, where it may be written."""
        file = self.here / path
        if not file.exists() or (self.may_share if path.startswith("data/") else self.may_write):
            write_if_changed(file, text)
        return path
