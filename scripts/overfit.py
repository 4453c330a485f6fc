"""Learn a handful of images by heart: the run, the scan over its settings, and gradient norms, for one seed."""

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments import overfit
from lib.experiments.threads import numpy_threads
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, read_settings, run_job


def main(
    data: InputFile,
    settings: InputFile,
    network_settings: InputFile,
    grid_settings: InputFile,
    split: InputFile,
    compute: InputFile,
    network: Wildcard[str],
    seed: Wildcard[int],
    history: OutputFile,
    grid: OutputFile,
    gradient_norms: OutputFile,
) -> None:
    config = read_settings(settings, overfit.OverfitTrainingConfig)
    scanned = read_settings(grid_settings, overfit.GridConfig)
    shape = read_settings(network_settings, overfit.NetworkConfig)
    splits = split_by(load_dataset(data), read_settings(split, SplitConfig))
    with numpy_threads(compute):
        epochs = overfit.run(splits, shape, config, seed)
        cells = overfit.scan(splits, shape, config, scanned, seed)
        norms = overfit.gradient_norms(splits, shape, config, scanned, seed)
    with whole_files(history, grid, gradient_norms) as paths:
        for table, path in zip((epochs, cells, norms), paths, strict=True):
            table.to_csv(path, index=False)


if __name__ == "__main__":
    run_job(main)
