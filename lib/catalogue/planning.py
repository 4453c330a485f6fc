"""A run planned: its jobs by a dry run of Snakemake, and this machine's speed by some seconds of training."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lib.catalogue.arms import Arms
from lib.catalogue.expected import NUMPY, TRAINING, Times, to_measure, whole_run
from lib.catalogue.presets import MAIN, configuration_files, load_preset
from lib.experiments.config.mnist import MnistTrainingConfig
from lib.report.summary import Summary
from lib.terminal.plan import PlannedJob, side_by_side
from lib.vision.config import Arm, ComputeConfig
from lib.workflow.gpus import usable_gpus
from lib.workflow.run import ALLOCATOR

SIDE_BY_SIDE = 4  # processes at most that measure at once
BRIEF = "brief"


def plan(preset: str, cores: int, file: Path) -> int:
    """Let Snakemake write the jobs that it would run; its exit code, after what it says where it cannot."""
    file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--dry-run"]
    command += ["--logger", "report", "--logger-report-jobs", str(file)]
    command += ["--configfile", *map(str, configuration_files(preset)[1:]), "--"] if preset != MAIN else []
    path = os.pathsep.join(filter(None, ["lib/terminal/plugin", os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        print(done.stdout, end="", file=sys.stderr)
    return done.returncode


def measure(config: Mapping[str, Any], names: Iterable[str], cores: int) -> dict[str, float]:
    """Images per second of each network of these arms, and of the one from scratch.

    What runs side by side is measured side by side: it shares the memory and the clock.
    """
    compute = ComputeConfig(**config["compute"])
    os.environ |= ALLOCATOR
    networks = to_measure(config, names)
    found: dict[str, float] = {}
    used = {name: compute.threads_of(arm.model.kind) for name, arm in networks.items()}
    for threads in sorted({1, *used.values()}):
        several = max(1, min(cores // threads, SIDE_BY_SIDE, *([slots] if (slots := gpu_slots(config)) else [])))
        own = {name: arm for name, arm in networks.items() if used[name] == threads}
        mnist = (config["mnist"]["training"], config["numpy"]["threads"]) if threads == 1 else None
        with ProcessPoolExecutor(several, multiprocessing.get_context("spawn")) as pool:
            results = [task.result() for task in [pool.submit(speeds_of, own, compute, mnist) for _ in range(several)]]
        found |= {name: min(result[name] for result in results) for name in results[0]}
    return found


def speeds_of(
    networks: Mapping[str, Arm], compute: ComputeConfig, mnist: tuple[Mapping[str, Any], int] | None
) -> dict[str, float]:
    """Measured in this process, one after the other; ``mnist`` is the training in NumPy and its threads."""
    from lib.experiments.speed import images_per_second, numpy_images_per_second

    found = {NUMPY: numpy_images_per_second(MnistTrainingConfig(**mnist[0]), mnist[1])} if mnist else {}
    return found | {name: images_per_second(arm, compute) for name, arm in networks.items()}


def gpu_slots(config: Mapping[str, Any]) -> int:
    """Trainings that run side by side on this machine's GPUs; 0 where none is used."""
    return Arms(config).gpus * len(usable_gpus()) * int(config["machine"]["trainings_per_gpu"])


def brief_seconds(
    config: Mapping[str, Any], jobs: Iterable[PlannedJob], speeds: Mapping[str, float], cores: int
) -> float | None:
    """Of the trainings of the preset ``brief``, where they would take clearly less than all of this run.

    None where some of this run's are made already: ``brief`` would make its own.
    """
    planned = [job for job in jobs if job.rule == TRAINING]
    brief, slots = whole_run(load_preset(BRIEF), speeds), gpu_slots(config)
    if len(planned) < len(whole_run(config, speeds)) or any(job.seconds is None for job in brief):
        return None
    shorter, own = side_by_side(brief, cores, slots), side_by_side(planned, cores, slots)
    return shorter if shorter < own / 1.5 else None


def record(file: Path, times: Times, folder: Path) -> None:
    """Leave the times, and the core-hours that the run took, for ``docs/example/``."""
    runtime, environment = (
        Summary.from_json((folder / f"summaries/{name}.json").read_text(encoding="utf-8"))
        for name in ("runtime", "environment")
    )
    kept = {
        "processor": environment.facts["environment.processor"],
        "core_hours": runtime.numbers["runtime.core_hours"].value,
        **asdict(times),
    }
    file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
