"""Read a fetched data set, check its content digest, and save it as plain arrays."""

from dataclasses import dataclass
from pathlib import Path

from lib.data.dataset import save_dataset
from lib.data.prepare import prepare_cifar10, prepare_mnist
from lib.workflow.job import OutputFile, parse_job, run_job


@dataclass
class Arguments:
    dataset: str
    raw: Path
    data: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    prepare = {"mnist": prepare_mnist, "cifar10": prepare_cifar10}[job.dataset]
    save_dataset(job.data, prepare(job.raw))


if __name__ == "__main__":
    run_job(main)
