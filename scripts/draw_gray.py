"""Draw colour against gray: the images, the validation curves and the test accuracies."""

from lib.experiments.arm_results import ArmResults
from lib.figures.gray import draw
from lib.workflow.figures import write_figures
from lib.workflow.files import load_arrays, read_json
from lib.workflow.job import InputFile, OutputFile, run_job


def main(
    datasets: InputFile,
    samples: InputFile,
    histories: list[InputFile],
    trainings: list[InputFile],
    tests: list[InputFile],
    figures: list[OutputFile],
) -> None:
    names = read_json(datasets)["cifar10"]["class_names"]
    results = ArmResults([*histories, *trainings, *tests])
    write_figures(draw(results, load_arrays(samples)["images"], names), figures)


if __name__ == "__main__":
    run_job(main)
