"""What the workflow itself costs: parsing, a dry run of a finished run, the demo's jobs, more seeds.

Works in a copy of the project; a finished ``main`` run is looked at where it is.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import yaml

from benchmarks.measure import output
from tests.end_to_end.conftest import copy_project

ROOT = Path(__file__).parents[1]
SEEDS = (1, 2, 4, 8)
DRY_RUNS = 5
# In place of the call of a script's main: what passes in it, but for modules that are only imported there.
CLOCK = """
        import builtins

        importing, ordinary = [], builtins.__import__

        def timed(*arguments, **options):
            if importing and importing[-1] is None:  # within another one
                return ordinary(*arguments, **options)
            importing.append(None)
            start = time.perf_counter()
            try:
                return ordinary(*arguments, **options)
            finally:
                importing[-1] = time.perf_counter() - start

        builtins.__import__ = timed
        began = time.perf_counter()
        main(**arguments)
        passed = time.perf_counter() - began
        with open({told!r}, "a") as file:
            file.write(str(passed - sum(importing)) + "\\n")
"""


def snakemake(folder: Path, *arguments: str) -> float:
    """Seconds that a call takes; raises CalledProcessError with its output."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return time.perf_counter() - start


def demo(folder: Path) -> dict[str, object]:
    """The demo from scratch: its time, its jobs' own time, and what of that is start-up, late imports included."""
    job, told = folder / "lib/workflow/job.py", folder / "seconds.txt"
    code, call = job.read_text(encoding="utf-8"), "        main(**arguments)\n"
    assert code.count(call) == 1
    job.write_text(code.replace(call, CLOCK.format(told=str(told))), encoding="utf-8")
    seconds = snakemake(folder, "--configfile", "presets/demo.yaml")
    job.write_text(code, encoding="utf-8")
    tables = [*folder.glob("results/demo/benchmarks/**/*.tsv"), *folder.glob("data/benchmarks/*.tsv")]
    jobs = pd.concat([pd.read_csv(path, sep="\t", na_values="-") for path in tables])
    plan = subprocess.run(
        [sys.executable, "-m", "snakemake", "--configfile", "presets/demo.yaml", "--detailed-summary"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    commands = set(re.findall(r"python -m scripts\.\w+[^\t\n]*", plan))  # one for each job
    job_seconds = float(jobs["s"].sum())
    at_work = sum(map(float, told.read_text(encoding="ascii").split()))
    return {
        "seconds": seconds,
        "jobs": len(commands),
        "job_seconds": job_seconds,
        "import_seconds": job_seconds - at_work,
    }


def seeds(folder: Path) -> dict[int, float]:
    """Seconds of the overfit study (both networks) of the test preset for a number of seeds."""
    preset = folder / "presets/test.yaml"
    original = preset.read_text(encoding="utf-8")
    networks = ("three", "five")
    snakemake(folder, "--configfile", "presets/test.yaml", "--", f"results/test/{overfit_file('three', 0)}")
    found = {}
    for count in SEEDS:
        config = yaml.safe_load(original)
        config["seeds"]["overfit"] = count
        preset.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        shutil.rmtree(folder / "results/test/overfit", ignore_errors=True)
        targets = [f"results/test/{overfit_file(network, seed)}" for network in networks for seed in range(count)]
        found[count] = snakemake(folder, "--configfile", "presets/test.yaml", "--", *targets)
    preset.write_text(original, encoding="utf-8")
    return found


def overfit_file(network: str, seed: int) -> str:
    return f"overfit/{network}/seed{seed}/grid.csv"


def main() -> None:
    result: dict[str, object] = {}
    if (ROOT / "results/main/report/report.en.html").exists():
        result["main_dry_run_seconds"] = [snakemake(ROOT, "-n") for _ in range(DRY_RUNS)]
    with tempfile.TemporaryDirectory() as scratch:
        folder = copy_project(Path(scratch) / "project").folder
        result["demo"] = demo(folder)
        result["demo_dry_run_seconds"] = [
            snakemake(folder, "-n", "--configfile", "presets/demo.yaml") for _ in range(DRY_RUNS)
        ]
        result["seconds_by_seeds"] = seeds(folder)
    output(result)


if __name__ == "__main__":
    main()
