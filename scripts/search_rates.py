"""Train with each learning rate of one optimiser's search, for one seed."""

from dataclasses import dataclass

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.optimizers import OptimizerTrainingConfig
from lib.experiments.search import SearchBudgetConfig, try_rates
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, parse_job, read_settings, run_job
from lib.workflow.threads import numpy_threads


@dataclass
class Arguments:
    data: InputFile
    settings: InputFile
    experiment: InputFile
    split: InputFile
    compute: InputFile
    optimizer: Wildcard[str]
    seed: Wildcard[int]
    trials: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    training = read_settings(job.settings, OptimizerTrainingConfig)
    config = read_settings(job.experiment, SearchBudgetConfig)
    data = split_by(load_dataset(job.data), read_settings(job.split, SplitConfig))
    with numpy_threads(job.compute):
        trials = try_rates(data, job.optimizer, config, training, job.seed)
    with whole_files(job.trials) as (target,):
        trials.to_csv(target, index=False)


if __name__ == "__main__":
    run_job(main)
