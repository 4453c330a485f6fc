"""How far a run is, from what Snakemake tells of its jobs, and how long it will still take."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lib.terminal.plan import PlannedJob

# Rules by the verb that they begin with; what is not here is an experiment.
STAGES = {
    "fetch": "Data",
    "prepare": "Data",
    "describe": "Numbers and figures",
    "summarise": "Numbers and figures",
    "draw": "Numbers and figures",
    "translate": "Numbers and figures",
    "decide": "Report",
    "collect": "Report",
    "render": "Report",
    "trace": "Report",
    "package": "Report",
    "report": "Report",
}
EXPERIMENTS = "Experiments"
FASTEST = 0.7  # of what was expected
ORDER = ("Data", EXPERIMENTS, "Numbers and figures", "Report")


def stage(rule: str) -> str:
    """The stage of the report that a rule belongs to."""
    return STAGES.get(rule.split("_")[0], EXPERIMENTS)


@dataclass(frozen=True)
class Job:
    """A job that has begun: its rule, what it says of itself, its logs, when it began (in seconds), and its name.

    The name is that of its benchmark file (see :mod:`lib.terminal.plan`).
    """

    rule: str
    message: str
    logs: tuple[Path, ...]
    began: float
    name: str = ""

    def last_line(self) -> str:
        """What its log said last, such as a training's epoch and the time it has left."""
        for log in self.logs:
            try:
                lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
            except OSError:
                continue
            if said := next((line.strip() for line in reversed(lines) if line.strip()), ""):
                return said
        return ""


@dataclass
class Progress:
    """The jobs of a run: how many of each rule there are, which run, and what the finished ones took.

    ``earlier`` are seconds by rule, of an earlier run of the same name; ``expected`` those of this run's jobs by rule
    and name.
    """

    began: float
    jobs: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    running: dict[int, Job] = field(default_factory=dict)
    earlier: dict[str, float] = field(default_factory=dict)
    expected: dict[str, dict[str, float]] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)

    def plan(self, counts: Mapping[str, int]) -> None:
        """There are so many jobs of each rule."""
        self.jobs = Counter({rule: count for rule, count in counts.items() if rule != "total"})

    def begin(self, number: int, job: Job) -> None:
        """A job begins."""
        self.running[number] = job

    def finish(self, number: int, now: float) -> str | None:
        """A job has finished: its rule, if the job is known."""
        job = self.running.pop(number, None)
        if job is None:
            return None
        self.done[job.rule] += 1
        self.finished.add(job.name)
        self.seconds[job.rule] += now - job.began
        return job.rule

    def complete(self, rule: str) -> bool:
        """Whether that was the last job of a rule."""
        return self.done[rule] >= self.jobs[rule]

    def stages(self) -> Iterator[tuple[str, int, int]]:
        """Each stage that has jobs, with how many of them are done and how many there are."""
        for name in ORDER:
            rules = [rule for rule in self.jobs if stage(rule) == name]
            if total := sum(self.jobs[rule] for rule in rules):
                yield name, sum(self.done[rule] for rule in rules), total

    def share(self) -> float:
        """Of all jobs, the share that is done."""
        return self.done.total() / max(self.jobs.total(), 1)

    def expect(self, jobs: Iterable[PlannedJob]) -> None:
        """What these jobs, all of the run, are expected to take; a rule counts where it is known of all its jobs."""
        found: dict[str, dict[str, float | None]] = {}
        for job in jobs:
            found.setdefault(job.rule, {})[job.name] = job.seconds
        self.expected = {
            rule: {name: seconds for name, seconds in own.items() if seconds is not None}
            for rule, own in found.items()
            if None not in own.values()
        }

    def seconds_left(self, now: float) -> float | None:
        """How long it will still take; None as long as nothing tells.

        Jobs that something is expected of take so long, by as much longer or shorter as those of their rule that have
        finished. Any other takes as long as others of its rule in this run, else as in an earlier one, else as the mean
        job here. As many run side by side as have done so far.
        """
        finished = self.done.total()
        if not finished and not self.earlier and not self.expected:
            return None
        known = self.seconds if finished else self.earlier or dict.fromkeys(self.expected, 0.0)
        mean = sum(known.values()) / (finished or len(known))
        work = 0.0
        for rule, count in self.jobs.items():
            usual = self.seconds[rule] / self.done[rule] if self.done[rule] else self.earlier.get(rule, mean)
            expected, running = self.expected.get(rule, {}), [job for job in self.running.values() if job.rule == rule]
            if len(expected) == count:
                done = sum(own for name, own in expected.items() if name in self.finished)
                # A training that went on from a checkpoint took less than a whole one: no reason to expect that again.
                pace = max(self.seconds[rule] / done, FASTEST) if done else 1.0
                expected = {name: own * pace for name, own in expected.items() if name not in self.finished}
                work += sum(expected.values())
            else:
                work += usual * (count - self.done[rule])
            work -= sum(min(now - job.began, expected.get(job.name, usual)) for job in running)
        spent = sum(self.seconds.values()) + sum(now - job.began for job in self.running.values())
        side_by_side = max(1.0, spent / max(now - self.began, 1e-9)) if finished else max(1, len(self.running))
        return max(work, 0.0) / side_by_side


def duration(seconds: float) -> str:
    """Such as ``42 s``, ``3 min``, ``2 h 5 min``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def shortened(text: str, width: int) -> str:
    """One line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: max(width - 1, 0)] + "…"


def fitted(text: str, width: int) -> str:
    """As many of the parts of a line, which two blanks part, as fit: first and last before those between them."""
    first, *others = re.split(r" {2,}", text.strip())
    last = others[-1:]
    between: list[str] = []
    for part in others[:-1]:
        if len(", ".join([first, *between, part, *last])) <= width:
            between.append(part)
    return shortened(", ".join([first, *between, *last]), width)


def tail(logs: Sequence[Path], lines: int = 12) -> list[str]:
    """The last lines of the first log that has any."""
    for log in logs:
        try:
            found = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        except OSError:
            continue
        if found:
            return found[-lines:]
    return []
