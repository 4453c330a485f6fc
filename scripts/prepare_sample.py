"""Make the sample data that stands in for a data set, from installed packages alone."""

from lib.data.dataset import save_dataset
from lib.data.sample import sample_cifar10, sample_mnist
from lib.workflow.job import OutputFile, run_job


def main(dataset: str, data: OutputFile) -> None:
    make = {"mnist": sample_mnist, "cifar10": sample_cifar10}[dataset]
    save_dataset(data, make())


if __name__ == "__main__":
    run_job(main)
