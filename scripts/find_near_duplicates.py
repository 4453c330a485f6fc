"""Find the image trained on that is most like each test image of CIFAR-10."""

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_indices
from lib.experiments.near_duplicates import find
from lib.experiments.threads import numpy_threads
from lib.workflow.files import read_json, save_arrays, whole_files
from lib.workflow.job import InputFile, OutputFile, read_settings, run_job


def main(data: InputFile, split: InputFile, experiment: InputFile, compute: InputFile, nearest: OutputFile) -> None:
    dataset, held_out = load_dataset(data), read_settings(split, SplitConfig)
    train, _ = split_indices(len(dataset.x_train), held_out.validation, held_out.split_seed)
    with numpy_threads(compute):
        found = find(dataset, train, read_json(experiment)["threshold"])
    with whole_files(nearest) as (target,):
        save_arrays(target, **found)


if __name__ == "__main__":
    run_job(main)
