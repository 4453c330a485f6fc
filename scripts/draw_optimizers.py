"""Draw loss and accuracies of all optimisers."""

from lib.experiments.paths import OPTIMIZER
from lib.figures.optimizers import draw
from lib.workflow.figures import write_figures
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import read_runs


def main(losses: list[InputFile], epochs: list[InputFile], figures: list[OutputFile]) -> None:
    write_figures(draw(read_runs(losses, OPTIMIZER), read_runs(epochs, OPTIMIZER)), figures)


if __name__ == "__main__":
    run_job(main)
