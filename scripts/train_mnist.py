"""Train the MNIST network once, with the best hyper-parameters of the search."""

from dataclasses import dataclass
from pathlib import Path

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.mnist import MnistTrainingConfig, MnistVariant, train
from lib.workflow.checkpoints import CheckpointFolder, checkpoint_key
from lib.workflow.files import read_json, save_arrays, stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, parse_job, read_settings, run_job
from lib.workflow.threads import numpy_threads


@dataclass
class Arguments:
    data: InputFile
    best: InputFile
    code: InputFile
    settings: InputFile
    split: InputFile
    compute: InputFile
    numpy: InputFile
    seed: Wildcard[int]
    update_rule: str
    normalization: str
    checkpoints: Path
    history: OutputFile
    predictions: OutputFile
    weights: OutputFile
    result: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    dataset = load_dataset(job.data)
    data = split_by(dataset, read_settings(job.split, SplitConfig))
    key = checkpoint_key(
        *(job.best, job.code, job.settings, job.split, job.compute, job.numpy),
        data=dataset.digest(),
        arm=("mnist", job.update_rule, job.normalization, job.seed),
    )
    checkpoints = CheckpointFolder(job.checkpoints / key)
    config = read_settings(job.settings, MnistTrainingConfig)
    variant = MnistVariant(job.update_rule, job.normalization)
    with numpy_threads(job.compute):
        result = train(data, config, read_json(job.best), job.seed, checkpoints, variant)
    with whole_files(job.history, job.predictions, job.weights, job.result) as parts:
        history, predictions, weights, facts = parts
        result.history.to_csv(history, index=False)
        save_arrays(
            predictions,
            scores=result.scores,
            labels=result.labels,
            wrong_images=result.wrong_images,
            wrong_index=result.wrong_index,
        )
        save_arrays(weights, **result.weights)
        facts.write_text(stable_json(result.facts), encoding="utf-8")
    checkpoints.clear()


if __name__ == "__main__":
    run_job(main)
