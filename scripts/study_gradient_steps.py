"""Error of the gradient check over step sizes and strengths of regularisation, for one seed."""

from dataclasses import dataclass

from lib.experiments.gradients import ProblemConfig, StepStudyConfig, step_study
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, parse_job, read_settings, run_job


@dataclass
class Arguments:
    settings: InputFile
    network: InputFile
    seed: Wildcard[int]
    steps: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    network = read_settings(job.network, ProblemConfig)
    result = step_study(read_settings(job.settings, StepStudyConfig), network, job.seed)
    with whole_files(job.steps) as (path,):
        result.to_csv(path, index=False)


if __name__ == "__main__":
    run_job(main)
