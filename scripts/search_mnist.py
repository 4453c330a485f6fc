"""Random search for the hyper-parameters of the MNIST baseline."""

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments import mnist
from lib.experiments.threads import numpy_threads
from lib.workflow.files import stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, read_settings, run_job


def main(
    data: InputFile,
    settings: InputFile,
    split: InputFile,
    compute: InputFile,
    seed: Wildcard[int],
    trials: OutputFile,
    best: OutputFile,
) -> None:
    splits = split_by(load_dataset(data), read_settings(split, SplitConfig))
    with numpy_threads(compute):
        tried = mnist.search(splits, read_settings(settings, mnist.MnistSearchConfig), seed)
    with whole_files(trials, best) as (table, winner):
        tried.to_csv(table, index=False)
        winner.write_text(stable_json(mnist.best(tried)), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
