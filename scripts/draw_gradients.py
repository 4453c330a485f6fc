"""Draw the error of the gradient check against its step size."""

from dataclasses import dataclass

from lib.figures.gradients import gradient_steps
from lib.workflow.figures import write_figure
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import read_runs


@dataclass
class Arguments:
    steps: list[InputFile]
    gradient_steps: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    write_figure(gradient_steps(read_runs(job.steps, "seed{seed}.csv")), job.gradient_steps)


if __name__ == "__main__":
    run_job(main)
