"""Test a trained MNIST network with the statistics of each test batch, and with running ones."""

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.batch_statistics import evaluate
from lib.experiments.config.batch_statistics import BatchStatisticsConfig
from lib.experiments.config.mnist import MnistTrainingConfig
from lib.experiments.threads import numpy_threads
from lib.workflow.files import load_arrays, whole_files
from lib.workflow.job import InputFile, OutputFile, read_settings, run_job


def main(
    data: InputFile,
    weights: InputFile,
    settings: InputFile,
    experiment: InputFile,
    split: InputFile,
    compute: InputFile,
    normalization: str,
    accuracies: OutputFile,
) -> None:
    splits = split_by(load_dataset(data), read_settings(split, SplitConfig))
    training = read_settings(settings, MnistTrainingConfig)
    config = read_settings(experiment, BatchStatisticsConfig)
    with numpy_threads(compute):
        table = evaluate(splits, normalization, training, load_arrays(weights), config)
    with whole_files(accuracies) as (target,):
        table.to_csv(target, index=False)


if __name__ == "__main__":
    run_job(main)
