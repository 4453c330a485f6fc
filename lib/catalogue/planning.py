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

from lib.catalogue.expected import NUMPY, TRAINING, Times, to_measure, whole_run
from lib.catalogue.presets import MAIN, configuration_files, load_preset
from lib.experiments.config.mnist import MnistTrainingConfig
from lib.report.summary import Summary
from lib.terminal.plan import PlannedJob, side_by_side
from lib.vision.config import Arm, ComputeConfig

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
    networks = to_measure(config, names)
    found: dict[str, float] = {}
    used = {name: compute.threads_of(arm.model.kind) for name, arm in networks.items()}
    for threads in sorted({1, *used.values()}):
        several = max(1, min(cores // threads, SIDE_BY_SIDE))
        own = {name: arm for name, arm in networks.items() if used[name] == threads}
        mnist = MnistTrainingConfig(**config["mnist"]["training"]) if threads == 1 else None
        with ProcessPoolExecutor(several, multiprocessing.get_context("spawn")) as pool:
            results = [task.result() for task in [pool.submit(speeds_of, own, compute, mnist) for _ in range(several)]]
        found |= {name: min(result[name] for result in results) for name in results[0]}
    return found


def speeds_of(
    networks: Mapping[str, Arm], compute: ComputeConfig, mnist: MnistTrainingConfig | None
) -> dict[str, float]:
    """Measured in this process, one after the other."""
    from lib.experiments.speed import images_per_second, numpy_images_per_second

    found = {NUMPY: numpy_images_per_second(mnist)} if mnist else {}
    return found | {name: images_per_second(arm, compute) for name, arm in networks.items()}


def brief_seconds(jobs: Iterable[PlannedJob], speeds: Mapping[str, float], cores: int) -> float | None:
    """Of the trainings of the preset ``brief``, where they would take clearly less than those that are planned."""
    trainings = whole_run(load_preset(BRIEF), speeds)
    if any(job.seconds is None for job in trainings):
        return None
    brief = side_by_side(trainings, cores)
    planned = side_by_side([job for job in jobs if job.rule == TRAINING], cores)
    return brief if brief < planned / 1.5 else None


def record(file: Path, times: Times, folder: Path) -> None:
    """Leave the times, and the core-hours that the run took, for ``docs/example/``."""
    runtime = Summary.from_json((folder / "summaries/runtime.json").read_text(encoding="utf-8"))
    kept = {"core_hours": runtime.numbers["runtime.core_hours"].value, **asdict(times)}
    file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
