"""Learn a handful of images by heart: the run, the scan over its settings, and gradient norms, for one seed."""

from dataclasses import dataclass

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments import overfit
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, parse_job, read_settings, run_job
from lib.workflow.threads import numpy_threads


@dataclass
class Arguments:
    data: InputFile
    settings: InputFile
    network_settings: InputFile
    grid_settings: InputFile
    split: InputFile
    compute: InputFile
    network: Wildcard[str]
    seed: Wildcard[int]
    history: OutputFile
    grid: OutputFile
    gradient_norms: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    config = read_settings(job.settings, overfit.OverfitTrainingConfig)
    grid = read_settings(job.grid_settings, overfit.GridConfig)
    network = read_settings(job.network_settings, overfit.NetworkConfig)
    data = split_by(load_dataset(job.data), read_settings(job.split, SplitConfig))
    with numpy_threads(job.compute):
        history = overfit.run(data, network, config, job.seed)
        cells = overfit.scan(data, network, config, grid, job.seed)
        norms = overfit.gradient_norms(data, network, config, grid, job.seed)
    with whole_files(job.history, job.grid, job.gradient_norms) as paths:
        for table, path in zip((history, cells, norms), paths, strict=True):
            table.to_csv(path, index=False)


if __name__ == "__main__":
    run_job(main)
