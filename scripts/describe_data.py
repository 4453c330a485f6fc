"""Read splits, shapes, statistics and sample images off the prepared data sets."""

from dataclasses import dataclass

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.datasets import sample_grid, summarise_dataset
from lib.workflow.files import save_arrays, stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, parse_job, read_settings, run_job

PER_CLASS = 8


@dataclass
class Arguments:
    mnist: InputFile
    cifar10: InputFile
    mnist_split: InputFile
    cifar10_split: InputFile
    datasets: OutputFile
    mnist_samples: OutputFile
    cifar10_samples: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    facts, grids = {}, {}
    for path, settings in ((job.mnist, job.mnist_split), (job.cifar10, job.cifar10_split)):
        dataset = load_dataset(path)
        splits = split_by(dataset, read_settings(settings, SplitConfig))
        facts[dataset.name] = summarise_dataset(dataset, splits)
        grids[dataset.name] = sample_grid(splits.x_train, splits.y_train, per_class=PER_CLASS, seed=0)
    with whole_files(job.datasets, job.mnist_samples, job.cifar10_samples) as (summary, mnist, cifar10):
        summary.write_text(stable_json(facts), encoding="utf-8")
        save_arrays(mnist, images=grids["mnist"])
        save_arrays(cifar10, images=grids["cifar10"])


if __name__ == "__main__":
    run_job(main)
