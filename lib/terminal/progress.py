"""How far a run is, from what Snakemake tells of its jobs, and how long it will still take."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

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
ORDER = ("Data", EXPERIMENTS, "Numbers and figures", "Report")


def stage(rule: str) -> str:
    """The stage of the report that a rule belongs to."""
    return STAGES.get(rule.split("_")[0], EXPERIMENTS)


@dataclass(frozen=True)
class Job:
    """A job that has begun: its rule, what it says of itself, its logs, and when it began (in seconds)."""

    rule: str
    message: str
    logs: tuple[Path, ...]
    began: float

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

    ``earlier`` are seconds by rule, of an earlier run of the same name.
    """

    began: float
    jobs: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    running: dict[int, Job] = field(default_factory=dict)
    earlier: dict[str, float] = field(default_factory=dict)

    def plan(self, counts: Mapping[str, int]) -> None:
        """There are so many jobs of each rule."""
        self.jobs = Counter({rule: count for rule, count in counts.items() if rule != "total"})

    def begin(self, number: int, job: Job) -> None:
        """A job begins."""
        self.running[number] = job

    def finish(self, number: int, now: float) -> str | None:
        """A job has finished: its rule, if that was the last job of it."""
        job = self.running.pop(number, None)
        if job is None:
            return None
        self.done[job.rule] += 1
        self.seconds[job.rule] += now - job.began
        return job.rule if self.done[job.rule] >= self.jobs[job.rule] else None

    def stages(self) -> Iterator[tuple[str, int, int]]:
        """Each stage that has jobs, with how many of them are done and how many there are."""
        for name in ORDER:
            rules = [rule for rule in self.jobs if stage(rule) == name]
            if total := sum(self.jobs[rule] for rule in rules):
                yield name, sum(self.done[rule] for rule in rules), total

    def share(self) -> float:
        """Of all jobs, the share that is done."""
        return self.done.total() / max(self.jobs.total(), 1)

    def seconds_left(self, now: float) -> float | None:
        """How long it will still take; None as long as nothing tells.

        A job takes as long as others of its rule in this run, else as in an earlier one, else as the mean job here. As
        many run side by side as have done so far.
        """
        finished = self.done.total()
        if not finished and not self.earlier:
            return None
        mean = sum(self.seconds.values()) / finished if finished else sum(self.earlier.values()) / len(self.earlier)
        work = 0.0
        for rule, count in self.jobs.items():
            own = self.seconds[rule] / self.done[rule] if self.done[rule] else self.earlier.get(rule, mean)
            work += own * (count - self.done[rule])
            work -= sum(min(now - job.began, own) for job in self.running.values() if job.rule == rule)
        spent = sum(self.seconds.values()) + sum(now - job.began for job in self.running.values())
        side_by_side = max(1.0, spent / max(now - self.began, 1e-9)) if finished else max(1, len(self.running))
        return max(work, 0.0) / side_by_side


def earlier_seconds(folder: Path) -> dict[str, float]:
    """Mean seconds of a job of each rule, by an earlier run's benchmarks: ``RULE.tsv`` or ``RULE/.../*.tsv``."""
    found: dict[str, list[float]] = {}
    for path in folder.rglob("*.tsv"):
        try:
            head, first, *_ = path.read_text(encoding="utf-8").splitlines()
            seconds = float(dict(zip(head.split("\t"), first.split("\t"), strict=False))["s"])
        except (OSError, ValueError, KeyError):
            continue
        found.setdefault(path.relative_to(folder).parts[0].removesuffix(".tsv"), []).append(seconds)
    return {rule: sum(values) / len(values) for rule, values in found.items()}


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
