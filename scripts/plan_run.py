"""How long a run will take here, before it runs.

Snakemake plans the jobs, and the machine is measured for some seconds where trainings are among them. With ``--record``
the times of a finished run go to a file, for those who plan one on another machine.
"""

import argparse
from pathlib import Path

from snakemake.utils import available_cpu_count

from lib.catalogue.arms import Arms
from lib.catalogue.expected import TRAINING, Times, expect, told
from lib.catalogue.planning import brief_seconds, gpu_slots, measure, plan, record
from lib.catalogue.presets import MAIN, load_preset
from lib.terminal.plan import read_jobs, times_in, write_jobs
from lib.workflow.job import run_job
from lib.workflow.lock import is_running

PUBLISHED = Path("docs/example/times.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--preset", default=MAIN, help="main, or one of presets/")
    parser.add_argument("--cores", type=number_of_cores, default=2, help="a number, or all")
    parser.add_argument("--jobs", type=Path, default=Path("build/plan.json"), help="where the planned jobs go")
    parser.add_argument("--record", type=Path, help="write the times of the run, which is finished, to this file")
    job = parser.parse_args()
    config = load_preset(job.preset)
    folder = Path("results", config["run"])
    earlier = times_in(folder / "benchmarks") | times_in(Path("data/benchmarks"))
    if job.record:
        # A run whose trainings came from another machine may ask for a device that is not here.
        here = {**config, "compute": {**config["compute"], "device": "auto", "precision": "auto"}}
        record(job.record, Times(measure(here, Arms(config).trained, job.cores), earlier), folder)
        return
    if is_running(folder):
        print(f"{folder}: a run is at work there; wait for it, and it tells how long it will still take")
        return
    if status := plan(job.preset, job.cores, job.jobs):
        raise SystemExit(status)
    jobs = read_jobs(job.jobs)
    trained = sorted({planned.wildcards["arm"] for planned in jobs if planned.rule == TRAINING})
    speeds = measure(config, trained, job.cores) if any(planned.name for planned in jobs) else {}
    jobs = expect(jobs, config, Times(speeds, earlier), Times.read(PUBLISHED) if PUBLISHED.is_file() else None)
    write_jobs(job.jobs, jobs)
    brief = brief_seconds(config, jobs, speeds, job.cores) if job.preset == MAIN else None
    print("\n".join(told(config["run"], config, jobs, job.cores, gpu_slots(config), brief)))


def number_of_cores(given: str) -> int:
    """As Snakemake takes it."""
    return available_cpu_count() if given == "all" else int(given)


if __name__ == "__main__":
    run_job(main)
