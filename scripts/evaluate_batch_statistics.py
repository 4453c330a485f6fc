"""Test a trained MNIST network with the statistics of each test batch, and with running ones."""

from dataclasses import dataclass

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.batch_statistics import BatchStatisticsConfig, evaluate
from lib.experiments.mnist import MnistTrainingConfig
from lib.workflow.files import load_arrays, whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, parse_job, read_settings, run_job
from lib.workflow.threads import numpy_threads


@dataclass
class Arguments:
    data: InputFile
    weights: InputFile
    settings: InputFile
    experiment: InputFile
    split: InputFile
    compute: InputFile
    normalization: Wildcard[str]
    accuracies: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    data = split_by(load_dataset(job.data), read_settings(job.split, SplitConfig))
    training = read_settings(job.settings, MnistTrainingConfig)
    config = read_settings(job.experiment, BatchStatisticsConfig)
    with numpy_threads(job.compute):
        table = evaluate(data, job.normalization, training, load_arrays(job.weights), config)
    with whole_files(job.accuracies) as (target,):
        table.to_csv(target, index=False)


if __name__ == "__main__":
    run_job(main)
