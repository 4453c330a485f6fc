"""Gradient check of the whole network, without and with regularisation."""

from dataclasses import dataclass

from lib.experiments.gradients import GradientCheckConfig, check
from lib.workflow.files import stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, parse_job, read_settings, run_job


@dataclass
class Arguments:
    settings: InputFile
    check: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    result = check(read_settings(job.settings, GradientCheckConfig))
    with whole_files(job.check) as (path,):
        path.write_text(stable_json(result), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
