"""Error of the gradient check over step sizes and strengths of regularisation, for one seed."""

from lib.experiments.config.gradients import ProblemConfig, StepStudyConfig
from lib.experiments.gradients import step_study
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, read_settings, run_job


def main(settings: InputFile, network: InputFile, seed: Wildcard[int], steps: OutputFile) -> None:
    result = step_study(read_settings(settings, StepStudyConfig), read_settings(network, ProblemConfig), seed)
    with whole_files(steps) as (path,):
        result.to_csv(path, index=False)


if __name__ == "__main__":
    run_job(main)
