"""The log handler for Snakemake's events: a live view on a terminal, elsewhere a short line for each finished rule."""

from __future__ import annotations

import logging
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

from lib.terminal.plan import BENCHMARKS, PlannedJob, by_rule, name_of, read_jobs, times_in, write_jobs
from lib.terminal.progress import Job, Progress, duration, fitted, shortened, tail

WIDTH = 120  # of a line where there is no terminal
SHOWN = ("Nothing to be done",)  # of Snakemake's other messages
PERIOD = 0.5  # seconds between two pictures
STEP = 0.02  # of all jobs: a finished rule has a line where so many more are done than at the line before,
SLOW = 5.0  # or where its jobs took so many seconds;
QUIET = 300.0  # any finished job has one where there was none for so many seconds


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """``--logger-report-jobs FILE``."""

    jobs: Path | None = field(
        default=None,
        metadata={
            "help": "A dry run writes its jobs there; a run reads what they are expected to take",
            "type": Path,  # of the command line
        },
    )


class LogHandler(LogHandlerBase):
    """Registered with Snakemake as the logger plugin ``report``."""

    def __post_init__(self) -> None:
        self.stream: TextIO = sys.stdout if self.common_settings.stdout else sys.stderr
        self.progress = Progress(time.monotonic())
        self.console = Console(file=self.stream)
        self.live: Live | None = None
        self.failed = False
        self.told = 0.0, self.progress.began  # the share of all jobs at the last line, and when that was
        self.file: Path | None = getattr(self.settings, "jobs", None)
        self.planned: list[PlannedJob] = []  # by a dry run
        if self.file and not self.common_settings.dryrun:
            self.progress.expect(read_jobs(self.file))
        self._lock = threading.RLock()
        self._started: dict[int, Any] = {}

    writes_to_stream = True  # type: ignore[assignment]
    writes_to_file = False  # type: ignore[assignment]
    has_filter = True  # type: ignore[assignment]
    has_formatter = True  # type: ignore[assignment]
    needs_rulegraph = False  # type: ignore[assignment]

    def emit(self, record: logging.LogRecord) -> None:
        """Take one of Snakemake's events."""
        try:
            with self._lock:
                self._take(record)
        except Exception:  # what is shown must never end what runs
            self.handleError(record)

    def _take(self, record: logging.LogRecord) -> None:
        event, now = getattr(record, "event", None), time.monotonic()
        told = record.__dict__
        if self.common_settings.dryrun and event in (LogEvent.RUN_INFO, LogEvent.JOB_INFO):
            if event == LogEvent.JOB_INFO:
                self._planned(told)
        elif event == LogEvent.RUN_INFO:
            self.progress.plan(told["stats"])
            self._show()
        elif event == LogEvent.JOB_INFO:
            self._job(told, now)
        elif event == LogEvent.JOB_FINISHED:
            if rule := self.progress.finish(int(told["job_id"]), now):
                self._rule(rule, now)
        elif event == LogEvent.JOB_ERROR:
            self._error(told)
        elif event is None or event == LogEvent.ERROR:
            text = str(record.getMessage() or "")
            if record.levelno >= logging.WARNING or text.startswith(SHOWN):
                self._say(text)

    def _job(self, told: dict[str, Any], now: float) -> None:
        logs = tuple(Path(path) for path in told.get("log") or ())
        benchmark = told.get("benchmark")
        if benchmark and not self.progress.earlier:
            parts = Path(str(benchmark)).parts
            if BENCHMARKS in parts:
                folder = Path(*parts[: parts.index(BENCHMARKS) + 1])
                self.progress.earlier = by_rule(times_in(folder))
        rule = str(told["rule_name"])
        job = Job(rule, str(told.get("rule_msg") or rule), logs, now, name_of(benchmark))
        self.progress.begin(int(told["jobid"]), job)

    def _planned(self, told: dict[str, Any]) -> None:
        """A job of a dry run, which has it once, in the end all of them."""
        wildcards = {name: str(value) for name, value in (told.get("wildcards") or {}).items()}
        name = name_of(told.get("benchmark"))
        gpus = int(getattr(told.get("resources"), "gpu", 0) or 0)
        self.planned.append(PlannedJob(str(told["rule_name"]), name, int(told["threads"]), wildcards, gpus=gpus))

    def _rule(self, rule: str, now: float) -> None:
        """One line, where there is no live view."""
        if self.live is not None:
            return
        done, seconds, share = self.progress.done[rule], self.progress.seconds[rule], self.progress.share()
        complete, (told, then) = self.progress.complete(rule), self.told
        due = complete and (share == 1 or share - told >= STEP or seconds >= SLOW)
        if not due and now - then < QUIET:
            return
        self.told = share, now
        left = self.progress.seconds_left(now)
        jobs = "" if self.progress.jobs[rule] == 1 else f", {done} jobs"
        line = f"{rule}{jobs if complete else f', {done} of {self.progress.jobs[rule]} jobs'}, {duration(seconds)}"
        if left is not None and left >= 1:
            line += f"; {duration(left)} left"
        self._say(f"{share:4.0%}  {shortened(line, WIDTH - 6)}")

    def _error(self, told: dict[str, Any]) -> None:
        """What failed, the end of its log, and what to do."""
        self.failed = True
        number = int(told["jobid"])
        job = self.progress.running.pop(number, None)
        logs = [Path(path) for path in told.get("log") or ()]
        self._say(f"Failed: {shortened(job.message if job else str(told['rule_name']), WIDTH - 8)}")
        for line in tail(logs):
            self._say(f"  {shortened(line, WIDTH - 2)}")
        if logs:
            self._say(f"  Its log: {logs[0]}. Mend the cause and give the same command again: what is finished stays.")

    def _say(self, text: str) -> None:
        if self.live is not None:
            self.live.console.print(Text(text))
        else:
            print(text, file=self.stream, flush=True)

    def _show(self) -> None:
        if self.live is None and self.console.is_terminal and self.progress.jobs:
            self.live = Live(get_renderable=self.picture, console=self.console, refresh_per_second=1 / PERIOD)
            self.live.start()

    def picture(self) -> Group:
        """Bars by stage, what runs now, and the time left."""
        now, width = time.monotonic(), self.console.width
        bars = Table.grid(padding=(0, 1))
        for name, done, total in self.progress.stages():
            bar = ProgressBar(total=total, completed=done, width=max(10, min(40, width - 40)))
            bars.add_row(Text(name), bar, Text(f"{done} of {total}", style="dim"))
        lines = []
        for job in list(self.progress.running.values())[: max(1, (self.console.height - 7) // 2)]:
            told = f"{job.message.partition(';')[0]}, {duration(now - job.began)}"
            lines.append(Text(shortened(told, width - 2)))
            if said := job.last_line():  # of a training its epoch, its losses, the time that it has left
                lines.append(Text(f"  {fitted(said, width - 4)}", style="dim"))
        left = self.progress.seconds_left(now)
        spent = duration(now - self.progress.began)
        time_left = f"{spent}, about {duration(left)} left" if left is not None else spent
        return Group(bars, *lines, Text(time_left))

    def close(self) -> None:
        """The last picture, and where the whole log is."""
        with self._lock:
            if self.live is not None:
                self.live.stop()
                self.live = None
            if self.common_settings.dryrun and self.file:
                write_jobs(self.file, self.planned)
            if self.progress.jobs:
                logs = sorted(Path(".snakemake/log").glob("*.snakemake.log"))
                if logs:
                    self._say(f"The whole log: {logs[-1]}")
                self.progress.jobs.clear()
        super().close()
