"""Draw test accuracy against the batch size whose statistics normalise the batch."""

from lib.experiments.paths import BATCH_STATISTICS
from lib.figures.batch_statistics import draw
from lib.workflow.figures import write_figures
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import read_runs


def main(accuracies: list[InputFile], figures: list[OutputFile]) -> None:
    write_figures(draw(read_runs(accuracies, BATCH_STATISTICS)), figures)


if __name__ == "__main__":
    run_job(main)
