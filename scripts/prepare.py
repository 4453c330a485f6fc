"""Read a fetched data set, check its content digest, and save it as plain arrays."""

from lib.data.dataset import save_dataset
from lib.data.prepare import prepare_cifar10, prepare_mnist
from lib.data.sources import load_sources
from lib.workflow.job import InputFile, OutputFile, run_job


def main(dataset: str, raw: list[InputFile], sources: InputFile, data: OutputFile) -> None:
    source = load_sources(sources)[dataset]
    prepared = prepare_mnist(raw[0].parent, source) if dataset == "mnist" else prepare_cifar10(raw[0], source)
    save_dataset(data, prepared)


if __name__ == "__main__":
    run_job(main)
