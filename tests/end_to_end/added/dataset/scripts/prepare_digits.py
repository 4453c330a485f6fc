"""Read the fetched UCI digits, check their content digest, and save them as plain arrays."""

from dataclasses import dataclass

from lib.data.dataset import save_dataset
from lib.data.digits import prepare_digits
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job


@dataclass
class Arguments:
    raw: InputFile
    data: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    save_dataset(job.data, prepare_digits(job.raw))


if __name__ == "__main__":
    run_job(main)
