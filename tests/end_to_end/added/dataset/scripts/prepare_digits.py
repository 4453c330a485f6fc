"""Read the fetched UCI digits, check their content digest, and save them as plain arrays."""

from lib.data.dataset import save_dataset
from lib.data.digits import prepare_digits
from lib.data.sources import load_sources
from lib.workflow.job import InputFile, OutputFile, run_job


def main(raw: InputFile, sources: InputFile, data: OutputFile) -> None:
    save_dataset(data, prepare_digits(raw, load_sources(sources)["digits"]))


if __name__ == "__main__":
    run_job(main)
