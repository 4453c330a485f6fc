"""Draw the figure of one experiment that trains further models on CIFAR-10."""

from dataclasses import dataclass

from lib.experiments.arm_results import ArmResults
from lib.figures.controls import FIGURES
from lib.workflow.figures import write_figure
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job


@dataclass
class Arguments:
    name: str
    arms: list[InputFile]
    figure: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    write_figure(FIGURES[job.name](ArmResults(job.arms)), job.figure)


if __name__ == "__main__":
    run_job(main)
