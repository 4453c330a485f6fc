"""Draw the random search, the training curves, the confusion matrix and the errors on MNIST."""

import pandas as pd

from lib.experiments.paths import MNIST
from lib.figures.mnist import draw
from lib.workflow.figures import write_figures
from lib.workflow.files import load_arrays, read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import read_runs, runs_of


def main(
    datasets: InputFile,
    trials: InputFile,
    histories: list[InputFile],
    predictions: list[InputFile],
    figures: list[OutputFile],
) -> None:
    names = read_json(datasets)["mnist"]["class_names"]
    predicted = [load_arrays(path) for _, path in runs_of(predictions, MNIST)]
    write_figures(draw(pd.read_csv(trials), read_runs(histories, MNIST), predicted, names), figures)


if __name__ == "__main__":
    run_job(main)
