"""Random search for the hyper-parameters of the MNIST baseline."""

from dataclasses import dataclass

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.mnist import MnistSearchConfig, MnistTrainingConfig, best, play_off, search
from lib.workflow.files import stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, parse_job, read_settings, run_job
from lib.workflow.threads import numpy_threads


@dataclass
class Arguments:
    data: InputFile
    settings: InputFile
    training_settings: InputFile
    split: InputFile
    compute: InputFile
    trials: OutputFile
    best: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    data = split_by(load_dataset(job.data), read_settings(job.split, SplitConfig))
    config = read_settings(job.settings, MnistSearchConfig)
    training = read_settings(job.training_settings, MnistTrainingConfig)
    with numpy_threads(job.compute):
        trials = play_off(data, search(data, config), config.finalists, training, seed=config.seed)
    with whole_files(job.trials, job.best) as (table, winner):
        trials.to_csv(table, index=False)
        winner.write_text(stable_json(best(trials)), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
