"""Count the parameters of the MNIST network from its arrays."""

from lib.experiments import mnist
from lib.workflow.files import stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, read_settings, run_job


def main(settings: InputFile, architecture: OutputFile) -> None:
    description = mnist.architecture(read_settings(settings, mnist.MnistTrainingConfig))
    with whole_files(architecture) as (path,):
        path.write_text(stable_json(description), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
