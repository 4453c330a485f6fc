"""How long a run will take: the jobs that Snakemake has planned, each with the seconds that it is expected to take."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

BENCHMARKS = "benchmarks"  # the folder that benchmark files lie in, by rule and wildcards


@dataclass(frozen=True)
class PlannedJob:
    """``name`` is that of its benchmark file, such as ``train_vision/mlp-rgb/seed0``, empty where it has none.

    ``seconds`` is None where nothing tells, ``gpus`` how many it asks for.
    """

    rule: str
    name: str
    threads: int
    wildcards: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None
    gpus: int = 0


def name_of(benchmark: str | Path | None) -> str:
    """The name of the job that this benchmark file is of."""
    parts = Path(str(benchmark or "")).parts
    return "/".join(parts[parts.index(BENCHMARKS) + 1 :]).removesuffix(".tsv") if BENCHMARKS in parts else ""


def times_in(folder: Path) -> dict[str, float]:
    """Seconds of each job whose benchmark file lies in the folder, by name."""
    found = {}
    for path in sorted(folder.rglob("*.tsv")):
        try:
            head, first, *_ = path.read_text(encoding="utf-8").splitlines()
            seconds = float(dict(zip(head.split("\t"), first.split("\t"), strict=False))["s"])
        except (OSError, ValueError, KeyError):
            continue
        found[path.relative_to(folder).with_suffix("").as_posix()] = seconds
    return found


def by_rule(times: Mapping[str, float]) -> dict[str, float]:
    """Mean seconds of a job of each rule, from those of jobs by name."""
    found: dict[str, list[float]] = {}
    for name, seconds in times.items():
        found.setdefault(name.split("/")[0], []).append(seconds)
    return {rule: sum(values) / len(values) for rule, values in found.items()}


def side_by_side(jobs: Iterable[PlannedJob], cores: int, gpus: int = 0) -> float:
    """Seconds that the jobs with known times take on so many cores and GPUs (slots of them, where they are shared)."""
    known = [(job, job.seconds) for job in jobs if job.seconds is not None]
    on_cores = sum(seconds * min(job.threads, cores) for job, seconds in known) / cores
    on_gpus = sum(seconds * job.gpus for job, seconds in known) / gpus if gpus else 0.0
    return max([on_cores, on_gpus, *(seconds for _, seconds in known)])


def write_jobs(path: Path, jobs: Iterable[PlannedJob]) -> None:
    """For :func:`read_jobs`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(job) for job in jobs], indent=1) + "\n", encoding="utf-8")


def read_jobs(path: Path) -> list[PlannedJob]:
    """The jobs in a file; none where there is no such file."""
    return [PlannedJob(**job) for job in json.loads(path.read_text(encoding="utf-8"))] if path.is_file() else []
