"""Train the best trials of the search on MNIST in full; the validation images decide between them."""

import pandas as pd

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments import mnist
from lib.experiments.threads import numpy_threads
from lib.workflow.files import stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, read_settings, run_job


def main(
    data: InputFile,
    searched: InputFile,
    settings: InputFile,
    training_settings: InputFile,
    split: InputFile,
    compute: InputFile,
    trials: OutputFile,
    best: OutputFile,
) -> None:
    splits = split_by(load_dataset(data), read_settings(split, SplitConfig))
    config = read_settings(settings, mnist.MnistSearchConfig)
    training = read_settings(training_settings, mnist.MnistTrainingConfig)
    with numpy_threads(compute):
        tried = mnist.play_off(splits, pd.read_csv(searched), config.finalists, training, seed=config.seed)
    with whole_files(trials, best) as (table, winner):
        tried.to_csv(table, index=False)
        winner.write_text(stable_json(mnist.best(tried)), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
