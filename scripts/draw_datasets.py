"""Draw the sample grids of both data sets."""

from lib.figures.datasets import draw
from lib.workflow.figures import write_figures
from lib.workflow.files import load_arrays, read_json
from lib.workflow.job import InputFile, OutputFile, run_job


def main(summary: InputFile, mnist: InputFile, cifar10: InputFile, figures: list[OutputFile]) -> None:
    names = {name: facts["class_names"] for name, facts in read_json(summary).items()}
    images = {name: load_arrays(path)["images"] for name, path in (("mnist", mnist), ("cifar10", cifar10))}
    write_figures(draw(images, names), figures)


if __name__ == "__main__":
    run_job(main)
