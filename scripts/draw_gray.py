"""Draw colour against gray: the images, the validation curves and the test accuracies."""

from dataclasses import dataclass

from lib.data.gray import to_gray
from lib.figures.gray import gray_bars, gray_curves, gray_samples
from lib.workflow.arms import read_accuracies, read_histories
from lib.workflow.figures import write_figure
from lib.workflow.files import load_arrays, read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job


@dataclass
class Arguments:
    datasets: InputFile
    samples: InputFile
    histories: list[InputFile]
    trainings: list[InputFile]
    tests: list[InputFile]
    gray_samples: list[OutputFile]
    gray_curves: list[OutputFile]
    gray_bars: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    names = read_json(job.datasets)["cifar10"]["class_names"]
    rgb = load_arrays(job.samples)["images"]
    gray = to_gray(rgb.reshape(-1, *rgb.shape[2:])).reshape(*rgb.shape[:2], 1, *rgb.shape[3:])
    write_figure(gray_samples(rgb, gray, names), job.gray_samples)
    write_figure(gray_curves(read_histories(job.histories)), job.gray_curves)
    accuracies = read_accuracies(job.histories, job.trainings, job.tests)
    write_figure(gray_bars(accuracies), job.gray_bars)


if __name__ == "__main__":
    run_job(main)
