"""Read a fetched data set, check its content digest, and save it as plain arrays."""

from dataclasses import dataclass

from lib.data.dataset import save_dataset
from lib.data.prepare import prepare_cifar10, prepare_mnist
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job


@dataclass
class Arguments:
    dataset: str
    raw: list[InputFile]
    data: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    if job.dataset == "mnist":
        dataset = prepare_mnist(job.raw[0].parent)
    else:
        dataset = prepare_cifar10(job.raw[0])
    save_dataset(job.data, dataset)


if __name__ == "__main__":
    run_job(main)
