"""Count the parameters of the MNIST network from its arrays."""

from dataclasses import dataclass

from lib.experiments.mnist import MnistTrainingConfig, architecture
from lib.workflow.files import stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, parse_job, read_settings, run_job


@dataclass
class Arguments:
    settings: InputFile
    architecture: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    description = architecture(read_settings(job.settings, MnistTrainingConfig))
    with whole_files(job.architecture) as (path,):
        path.write_text(stable_json(description), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
