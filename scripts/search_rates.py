"""Train with each learning rate of one optimiser's search, for one seed."""

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.config.optimizers import OptimizerTrainingConfig
from lib.experiments.config.search_budget import SearchBudgetConfig
from lib.experiments.search_budget import try_rates
from lib.experiments.threads import numpy_threads
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, read_settings, run_job


def main(
    data: InputFile,
    settings: InputFile,
    experiment: InputFile,
    split: InputFile,
    compute: InputFile,
    optimizer: Wildcard[str],
    seed: Wildcard[int],
    trials: OutputFile,
) -> None:
    training = read_settings(settings, OptimizerTrainingConfig)
    config = read_settings(experiment, SearchBudgetConfig)
    splits = split_by(load_dataset(data), read_settings(split, SplitConfig))
    with numpy_threads(compute):
        tried = try_rates(splits, optimizer, config, training, seed)
    with whole_files(trials) as (target,):
        tried.to_csv(target, index=False)


if __name__ == "__main__":
    run_job(main)
