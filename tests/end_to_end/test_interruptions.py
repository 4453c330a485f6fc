"""A run killed anywhere leaves nothing partial, and the next one ends with the bytes of an uninterrupted one."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from lib.workflow.lock import hold
from lib.workflow.trainings import FILES
from tests.end_to_end.conftest import Project
from tests.end_to_end.contents import contents


@dataclass(frozen=True)
class Stage:
    """Part of a run: the script whose jobs are killed, what is removed beforehand, and what is asked for."""

    script: str
    removed: tuple[str, ...]
    targets: tuple[str, ...]
    seconds: float  # from the start of a job to its end, about


ADAM = tuple(f"results/test/optimizers/adam/seed0/{name}.csv" for name in ("loss", "epochs"))
TRAINING = "results/test/vision/cnn-rgb/seed0"
TRAINED = tuple(f"{TRAINING}/{name}" for name in FILES)
PAGES = tuple(f"results/test/report/report.{language}.{kind}" for language in ("zh", "en") for kind in ("md", "html"))
PREPARED = ("data/prepared/sample/cifar10.npz", "data/prepared/sample/mnist.npz")
STAGES = {
    "preparation": Stage("prepare_sample", PREPARED, PREPARED, 4),
    "NumPy training": Stage("train_optimizer", ADAM, ADAM, 2),
    "PyTorch training": Stage("train_vision", (*TRAINED, "results/test/checkpoints"), TRAINED, 4),
    "rendering": Stage("render_", ("results/test/sections", *PAGES), PAGES, 2),
}
VICTIMS: dict[str, Callable[[int, int], None]] = {
    "job": lambda _snakemake, job: os.kill(job, signal.SIGKILL),
    "Snakemake": lambda snakemake, _job: os.kill(snakemake, signal.SIGKILL),
    "fork server": lambda snakemake, _job: os.kill(fork_server(snakemake), signal.SIGKILL),
    "process group": lambda snakemake, _job: os.killpg(snakemake, signal.SIGKILL),
}
MOMENTS = [(stage, victim) for stage in STAGES for victim in VICTIMS]


def digests(project: Project) -> dict[str, str]:
    """Of every file of the prepared data and of the run but the volatile ones, by name."""
    found = {}
    for folder in ("data/prepared", "results/test"):
        for name, content in contents(project.folder / folder).items():
            if not name.startswith("inputs/"):
                found[f"{folder}/{name}"] = hashlib.sha256(content).hexdigest()
    return found


def jobs_of(snakemake: int, script: str) -> list[int]:
    """Processes below Snakemake that run the script itself, not the shell around it."""
    found = []
    for process in psutil.Process(snakemake).children(recursive=True):
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if "-m" in command and any(word.startswith(f"scripts.{script}") for word in command):
            found.append(process.pid)
    return found


def fork_server(snakemake: int) -> int:
    """The process below Snakemake that runs the jobs. Raises ProcessLookupError where it has ended."""
    for process in psutil.Process(snakemake).children():
        with contextlib.suppress(psutil.Error):
            if "lib.workflow.forkserver" in process.cmdline():
                return process.pid
    raise ProcessLookupError


def command(*targets: str) -> list[str]:
    start = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", "presets/test.yaml"]
    return [*start, "--", *targets]


def killed_run(project: Project, stage: Stage, victim: str, delay: float) -> None:
    """Start the stage, wait for its job and ``delay`` seconds more, kill, and wait until nothing of it is left."""
    process = subprocess.Popen(
        command(*stage.targets),
        cwd=project.folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    jobs: list[int] = []
    while not jobs and process.poll() is None and time.monotonic() < deadline:
        jobs = jobs_of(process.pid, stage.script)
        time.sleep(0.02)
    assert jobs, f"no job of scripts.{stage.script} was seen"
    below = psutil.Process(process.pid).children(recursive=True)
    time.sleep(delay)
    with contextlib.suppress(ProcessLookupError):  # the job had ended: as good a moment as any
        VICTIMS[victim](process.pid, jobs[0])
    process.wait(timeout=120)
    gone, alive = psutil.wait_procs(below, timeout=60)
    assert not alive, "jobs outlive the Snakemake that started them"


def interrupt(project: Project, stage: str, victim: str, seed: int, record: Callable[[str, object], None]) -> None:
    """Kill one run and let the next one finish; when, and what must follow, is put on record first."""
    what = STAGES[stage]
    whole = digests(project)
    log = project.folder / "results/test/logs/train_vision/cnn-rgb/seed0.log"
    for name in what.removed:
        path = project.folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    delay = random.Random(seed).uniform(0, what.seconds)
    record(
        "outcome", f"{victim} killed {delay:.2f} s into {stage} (seed {seed}): finished by the next call, same bytes"
    )
    killed_run(project, what, victim, delay)
    left = digests(project)
    partial = [name for name, digest in left.items() if not Path(name).name.startswith(".") and whole[name] != digest]
    finished_epochs = epochs(log) if stage == "PyTorch training" else []
    done = subprocess.run(
        command(*what.targets), cwd=project.folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert partial == []
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    if stage == "PyTorch training" and "weights.npz" not in str(sorted(left)):
        # The line of an epoch comes before its checkpoint: the last one may be missing, no other.
        again = epochs(log)
        assert not again or again[0] >= len(finished_epochs), f"epochs {finished_epochs}, then {again}"
    after = digests(project)
    missing = {name for name in whole if name not in after}
    assert not {name for name in what.targets if name in missing}
    assert [name for name, digest in after.items() if whole[name] != digest] == []
    finish(project)
    assert digests(project) == whole


def finish(project: Project) -> None:
    """Make what the stage does not ask for again, so that the next moment starts from a whole run."""
    done = project.snakemake()
    assert done.returncode == 0, done.stdout[-3000:]


def epochs(log: Path) -> list[int]:
    text = log.read_text(encoding="utf-8") if log.exists() else ""
    return [int(number) for number in re.findall(r"^epoch (\d+)/\d+  lr", text, re.MULTILINE)]


@pytest.mark.parametrize(("stage", "victim"), [("NumPy training", "job"), ("PyTorch training", "Snakemake")])
def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(finished, stage, victim, record_property):
    interrupt(finished, stage, victim, 1, record_property)


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize(("stage", "victim"), MOMENTS)
def test_killed_at_many_moments(finished, stage, victim, seed, record_property):
    interrupt(finished, stage, victim, seed, record_property)


def test_two_runs_in_one_folder_are_refused_in_one_line(finished):
    lock = hold(finished.folder / "results/test")
    try:
        done = finished.snakemake("--forcerun", "render_purpose")
    finally:
        lock.release()
    assert done.returncode != 0
    assert "results/test: another snakemake is at work in this folder; wait for it or stop it" in done.stdout
    assert "Traceback" not in done.stdout
    assert finished.would_run() == set()
