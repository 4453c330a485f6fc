"""Take the trainings of a bundle into a run, so that the workflow plans only what is missing.

The workflow is parsed and the data set prepared first, since Snakemake compares file times: what is placed must be
newer than what it depends on. Nothing is placed before everything has been found good.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from lib.catalogue.arms import Arms
from lib.catalogue.presets import configuration_files, load_preset
from lib.data.dataset import load_dataset
from lib.workflow.bundles import read
from lib.workflow.job import run_job
from lib.workflow.lock import hold
from lib.workflow.run import Run
from lib.workflow.taking import Wanted, place, plan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("bundle", type=Path, help="a file that make pack has written")
    parser.add_argument(
        "--preset", help="the run that takes them, else the one they were made for; main is config.yaml"
    )
    parser.add_argument("--accept-code", action="store_true", help="also what other code has made, with a mark")
    parser.add_argument("--replace", action="store_true", help="overwrite finished trainings that are there")
    parser.add_argument("--cores", default="1", help="to prepare the data set")
    job = parser.parse_args()
    if job.bundle.is_dir():
        raise ValueError(f"{job.bundle}: a folder; name a file that make pack has written")
    bundle = read(job.bundle)
    files = configuration_files(job.preset or bundle.run)
    config = load_preset(job.preset or bundle.run)
    arms = Arms(config)
    run = Run(config, Path(__file__).resolve().parents[1], derived={"arm": arms.settings})
    options = ["--configfile", *map(str, files[1:])] if files[1:] else []
    data = Path(f"data/prepared/{run.section('data.source')}/cifar10.npz")
    if snakemake("--cores", job.cores, "--quiet", "host", "reason", *options, "--", str(data)).returncode:
        raise ValueError(f"{data} could not be prepared (see above); nothing was taken from {job.bundle}")
    lock = hold(Path(run.folder))
    seeds = {arm: len(arms.seeds(arm)) for arm in arms.settings}
    for arm, trained in arms.shared.items():
        seeds[trained] = max(seeds[trained], seeds.pop(arm))
    wanted = Wanted(Path(run.folder), seeds, load_dataset(data).digest())
    found = plan(bundle, wanted, accept_code=job.accept_code, replace=job.replace)
    forget([path for p in found.placements for path in p.files(wanted.folder)], options)
    place(bundle, wanted, found.placements)
    lock.release()
    for line in found.notes:
        print(line)
    evaluations = sum(len(p.evaluations) for p in found.placements)
    other = sum(p.accepted_code for p in found.placements)
    marked = f"; made by another version of the code, as the report will say: {other}" if other else ""
    print(
        f"{run.folder}: taken from {job.bundle}: trainings: {len(found.placements)}, evaluations: {evaluations}{marked}"
    )


def snakemake(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run Snakemake with this interpreter."""
    return subprocess.run([sys.executable, "-m", "snakemake", *arguments], text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def forget(paths: list[Path], options: list[str]) -> None:
    """Drop Snakemake's records of files: made with other parameters, they would have the trainings made again.

    Raises ValueError where that fails.
    """
    if not paths:
        return
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = snakemake("--cleanup-metadata", *map(str, paths), *options, **output)
    if done.returncode and "metadata was not present" not in done.stdout:  # as it should be for most of them
        raise ValueError(f"Snakemake's records could not be dropped: {done.stdout.strip().splitlines()[-1]}")


if __name__ == "__main__":
    run_job(main)
