"""Train one network with one optimiser, for one seed."""

from dataclasses import dataclass

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.optimizers import OptimizerRun, OptimizerTrainingConfig, run
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, parse_job, read_settings, run_job
from lib.workflow.threads import numpy_threads


@dataclass
class Arguments:
    data: InputFile
    settings: InputFile
    optimizer_settings: InputFile
    split: InputFile
    compute: InputFile
    optimizer: Wildcard[str]
    seed: Wildcard[int]
    loss: OutputFile
    epochs: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    config = read_settings(job.settings, OptimizerTrainingConfig)
    own = read_settings(job.optimizer_settings, OptimizerRun)
    data = split_by(load_dataset(job.data), read_settings(job.split, SplitConfig))
    with numpy_threads(job.compute):
        tables = run(data, job.optimizer, own, config, job.seed)
    with whole_files(job.loss, job.epochs) as paths:
        for table, path in zip(tables, paths, strict=True):
            table.to_csv(path, index=False)


if __name__ == "__main__":
    run_job(main)
