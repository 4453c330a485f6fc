"""Draw the random search, the training curves, the confusion matrix and the errors on MNIST."""

from dataclasses import dataclass

import pandas as pd

from lib.figures.mnist import mnist_confusion, mnist_curves, mnist_errors, mnist_search
from lib.workflow.figures import write_figure
from lib.workflow.files import load_arrays, read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import read_runs, runs_of

ARM = "mnist/seed{seed}"


@dataclass
class Arguments:
    datasets: InputFile
    trials: InputFile
    histories: list[InputFile]
    predictions: list[InputFile]
    mnist_search: list[OutputFile]
    mnist_curves: list[OutputFile]
    mnist_confusion: list[OutputFile]
    mnist_errors: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    names = read_json(job.datasets)["mnist"]["class_names"]
    predictions = [load_arrays(path) for _, path in runs_of(job.predictions, ARM)]
    write_figure(mnist_search(pd.read_csv(job.trials)), job.mnist_search)
    write_figure(mnist_curves(read_runs(job.histories, ARM)), job.mnist_curves)
    write_figure(mnist_confusion(predictions, names), job.mnist_confusion)
    write_figure(mnist_errors(predictions[0], names), job.mnist_errors)


if __name__ == "__main__":
    run_job(main)
