"""Make the sample data that stands in for a data set, from installed packages alone."""

from dataclasses import dataclass

from lib.data.dataset import save_dataset
from lib.data.sample import sample_cifar10, sample_mnist
from lib.workflow.job import OutputFile, parse_job, run_job


@dataclass
class Arguments:
    dataset: str
    data: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    make = {"mnist": sample_mnist, "cifar10": sample_cifar10}[job.dataset]
    save_dataset(job.data, make())


if __name__ == "__main__":
    run_job(main)
