"""Draw the sample grids of both data sets."""

from dataclasses import dataclass

from lib.figures.datasets import sample_grid
from lib.workflow.figures import write_figure
from lib.workflow.files import load_arrays, read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job


@dataclass
class Arguments:
    summary: InputFile
    mnist: InputFile
    cifar10: InputFile
    sample_grid_mnist: list[OutputFile]
    sample_grid_cifar10: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    names = {name: facts["class_names"] for name, facts in read_json(job.summary).items()}
    write_figure(sample_grid(load_arrays(job.mnist)["images"], names["mnist"]), job.sample_grid_mnist)
    write_figure(sample_grid(load_arrays(job.cifar10)["images"], names["cifar10"]), job.sample_grid_cifar10)


if __name__ == "__main__":
    run_job(main)
