"""Learn a handful of images by heart with some of their labels drawn at random, for one seed."""

from dataclasses import dataclass

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments import label_noise
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, parse_job, read_settings, run_job
from lib.experiments.threads import numpy_threads


@dataclass
class Arguments:
    data: InputFile
    settings: InputFile
    split: InputFile
    compute: InputFile
    seed: Wildcard[int]
    history: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    data = split_by(load_dataset(job.data), read_settings(job.split, SplitConfig))
    with numpy_threads(job.compute):
        history = label_noise.run(data, read_settings(job.settings, label_noise.LabelNoiseConfig), job.seed)
    with whole_files(job.history) as (path,):
        history.to_csv(path, index=False)


if __name__ == "__main__":
    run_job(main)
