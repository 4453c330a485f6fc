"""How long a run will take here, before it runs: ``python -m scripts.plan_run``.

Snakemake plans the jobs, and the machine is measured for some seconds where trainings are among them. With ``--record``
the times of a finished run go to a file, for those who plan one on another machine.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from snakemake.utils import available_cpu_count

from lib.catalogue.arms import Arms
from lib.catalogue.expected import NUMPY, TRAINING, Times, expect, to_measure, told, whole_run
from lib.catalogue.presets import MAIN, configuration_files, load_preset
from lib.experiments.config.mnist import MnistTrainingConfig
from lib.report.summary import Summary
from lib.terminal.plan import PlannedJob, read_jobs, side_by_side, times_in, write_jobs
from lib.vision.config import Arm, ComputeConfig

PUBLISHED = Path("docs/example/times.json")
SIDE_BY_SIDE = 4  # processes at most that measure at once
BRIEF = "brief"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default=MAIN, help="main, or one of presets/")
    parser.add_argument("--cores", type=number_of_cores, default=2, help="a number, or all")
    parser.add_argument("--jobs", type=Path, default=Path("build/plan.json"), help="where the planned jobs go")
    parser.add_argument("--record", type=Path, help="write the times of the run, which is finished, to this file")
    given = parser.parse_args()
    try:
        config = load_preset(given.preset)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    run = config["run"]
    earlier = times_in(Path("results", run, "benchmarks")) | times_in(Path("data/benchmarks"))
    if given.record:
        record(given.record, Times(measure(config, Arms(config).trained, given.cores), earlier), Path("results", run))
        return 0
    status = plan(given.preset, given.cores, given.jobs)
    if status:
        return status
    jobs = read_jobs(given.jobs)
    published = Times.read(PUBLISHED) if PUBLISHED.is_file() else None
    trained = sorted({job.wildcards["arm"] for job in jobs if job.rule == TRAINING})
    speeds = measure(config, trained, given.cores) if trained else {}
    jobs = expect(jobs, config, Times(speeds, earlier), published)
    write_jobs(given.jobs, jobs)
    print("\n".join(told(run, config, jobs, given.cores, brief_seconds(given, jobs, speeds))))
    return 0


def record(file: Path, times: Times, folder: Path) -> None:
    """Leave the times, and the core-hours that the run took, for ``docs/example/``."""
    runtime = Summary.from_json((folder / "summaries/runtime.json").read_text(encoding="utf-8"))
    kept = {"core_hours": runtime.numbers["runtime.core_hours"].value, **asdict(times)}
    file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def number_of_cores(given: str) -> int:
    """As Snakemake takes it."""
    return available_cpu_count() if given == "all" else int(given)


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


def measure(config: Mapping[str, Any], names: list[str], cores: int) -> dict[str, float]:
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


def brief_seconds(given: argparse.Namespace, jobs: list[PlannedJob], speeds: Mapping[str, float]) -> float | None:
    """Of the trainings of the preset ``brief``, where they would take less than those that are planned."""
    if given.preset != MAIN:
        return None
    trainings = whole_run(load_preset(BRIEF), speeds)
    if any(job.seconds is None for job in trainings):
        return None
    brief = side_by_side(trainings, given.cores)
    planned = side_by_side([job for job in jobs if job.rule == TRAINING], given.cores)
    return brief if brief < planned / 1.5 else None


if __name__ == "__main__":
    sys.exit(main())
