"""Draw pairs of a test image and the training image most like it."""

from lib.figures.near_duplicates import draw
from lib.workflow.figures import write_figures
from lib.workflow.files import load_arrays, read_json
from lib.workflow.job import InputFile, OutputFile, run_job


def main(datasets: InputFile, nearest: InputFile, figures: list[OutputFile]) -> None:
    write_figures(draw(load_arrays(nearest), read_json(datasets)["cifar10"]["class_names"]), figures)


if __name__ == "__main__":
    run_job(main)
