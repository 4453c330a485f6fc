"""Train the MNIST network once, with hyper-parameters that were chosen before."""

from pathlib import Path

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.config.mnist import MnistTrainingConfig
from lib.experiments.mnist import MnistVariant, train
from lib.experiments.threads import numpy_threads
from lib.workflow.checkpoints import CheckpointFolder, checkpoint_key
from lib.workflow.files import read_json, save_arrays, stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, read_settings, run_job


def main(
    data: InputFile,
    best: InputFile,
    code: InputFile,
    settings: InputFile,
    split: InputFile,
    compute: InputFile,
    numpy: InputFile,
    seed: Wildcard[int],
    arm: str,
    update_rule: str,
    normalization: str,
    checkpoints: Path,
    history: OutputFile,
    predictions: OutputFile,
    weights: OutputFile,
    result: OutputFile,
) -> None:
    dataset = load_dataset(data)
    splits = split_by(dataset, read_settings(split, SplitConfig))
    key = checkpoint_key(
        best,
        code,
        settings,
        split,
        compute,
        numpy,
        data=dataset.digest(),
        arm=(arm, update_rule, normalization, seed),
    )
    unfinished = CheckpointFolder(checkpoints / key)
    config = read_settings(settings, MnistTrainingConfig)
    variant = MnistVariant(update_rule, normalization)
    with numpy_threads(compute):
        trained = train(splits, config, read_json(best), seed, unfinished, variant)
    with whole_files(history, predictions, weights, result) as (csv, scored, kept, facts):
        trained.history.to_csv(csv, index=False)
        save_arrays(
            scored,
            scores=trained.scores,
            labels=trained.labels,
            wrong_images=trained.wrong_images,
            wrong_index=trained.wrong_index,
        )
        save_arrays(kept, **trained.weights)
        facts.write_text(stable_json(trained.facts), encoding="utf-8")
    unfinished.clear()


if __name__ == "__main__":
    run_job(main)
