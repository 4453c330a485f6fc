"""Read splits, shapes, statistics and sample images off the prepared data sets."""

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.datasets import sample_grid, summarise_dataset
from lib.workflow.files import save_arrays, stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, read_settings, run_job

PER_CLASS = 8


def main(
    mnist: InputFile,
    cifar10: InputFile,
    mnist_split: InputFile,
    cifar10_split: InputFile,
    datasets: OutputFile,
    mnist_samples: OutputFile,
    cifar10_samples: OutputFile,
) -> None:
    facts, grids = {}, {}
    for path, settings in ((mnist, mnist_split), (cifar10, cifar10_split)):
        dataset = load_dataset(path)
        splits = split_by(dataset, read_settings(settings, SplitConfig))
        facts[dataset.name] = summarise_dataset(dataset, splits)
        grids[dataset.name] = sample_grid(splits.x_train, splits.y_train, per_class=PER_CLASS, seed=0)
    with whole_files(datasets, mnist_samples, cifar10_samples) as (summary, first, second):
        summary.write_text(stable_json(facts), encoding="utf-8")
        save_arrays(first, images=grids["mnist"])
        save_arrays(second, images=grids["cifar10"])


if __name__ == "__main__":
    run_job(main)
