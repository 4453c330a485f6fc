"""Draw the error of the gradient check against its step size."""

from lib.experiments.paths import GRADIENT_STEPS
from lib.figures.gradients import draw
from lib.workflow.figures import write_figures
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import read_runs


def main(steps: list[InputFile], figures: list[OutputFile]) -> None:
    write_figures(draw(read_runs(steps, GRADIENT_STEPS)), figures)


if __name__ == "__main__":
    run_job(main)
