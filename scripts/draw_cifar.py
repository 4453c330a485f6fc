"""Draw the comparison of MLP and CNN on CIFAR-10, and what the CNN's first layer looks at."""

from lib.experiments.arm_results import ArmResults
from lib.figures.cifar import draw
from lib.workflow.figures import write_figures
from lib.workflow.files import load_arrays, read_json
from lib.workflow.job import InputFile, OutputFile, run_job


def main(
    datasets: InputFile,
    mlp: InputFile,
    cnn: InputFile,
    histories: list[InputFile],
    trainings: list[InputFile],
    tests: list[InputFile],
    filter_arrays: InputFile,
    figures: list[OutputFile],
) -> None:
    architectures = {"mlp": read_json(mlp), "cnn": read_json(cnn)}
    names = read_json(datasets)["cifar10"]["class_names"]
    results = ArmResults([*histories, *trainings, *tests])
    write_figures(draw(results, architectures, load_arrays(filter_arrays), names), figures)


if __name__ == "__main__":
    run_job(main)
