"""Learn a handful of images by heart with some of their labels drawn at random, for one seed."""

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.config.label_noise import Training
from lib.experiments.label_noise import run
from lib.experiments.threads import numpy_threads
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, read_settings, run_job


def main(
    data: InputFile,
    settings: InputFile,
    split: InputFile,
    compute: InputFile,
    share: Wildcard[float],
    seed: Wildcard[int],
    history: OutputFile,
) -> None:
    splits = split_by(load_dataset(data), read_settings(split, SplitConfig))
    with numpy_threads(compute):
        epochs = run(splits, read_settings(settings, Training), share, seed)
    with whole_files(history) as (path,):
        epochs.to_csv(path, index=False)


if __name__ == "__main__":
    run_job(main)
