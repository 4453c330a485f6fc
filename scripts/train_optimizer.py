"""Train one network with one optimiser, for one seed."""

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.config.optimizers import OptimizerRun, OptimizerTrainingConfig
from lib.experiments.optimizers import run
from lib.experiments.threads import numpy_threads
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, read_settings, run_job


def main(
    data: InputFile,
    settings: InputFile,
    optimizer_settings: InputFile,
    split: InputFile,
    compute: InputFile,
    optimizer: Wildcard[str],
    seed: Wildcard[int],
    loss: OutputFile,
    epochs: OutputFile,
) -> None:
    config = read_settings(settings, OptimizerTrainingConfig)
    own = read_settings(optimizer_settings, OptimizerRun)
    splits = split_by(load_dataset(data), read_settings(split, SplitConfig))
    with numpy_threads(compute):
        tables = run(splits, optimizer, own, config, seed)
    with whole_files(loss, epochs) as paths:
        for table, path in zip(tables, paths, strict=True):
            table.to_csv(path, index=False)


if __name__ == "__main__":
    run_job(main)
