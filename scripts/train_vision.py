"""Train one model on CIFAR-10 once: one architecture, one colour mode, one seed."""

from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.vision.arm import ArmConfig, training_images
from lib.vision.compute import ComputeConfig, resolve
from lib.vision.training import train
from lib.workflow.checkpoints import CheckpointFolder, checkpoint_key
from lib.workflow.files import save_arrays, stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, parse_job, read_settings, run_job


@dataclass
class Arguments:
    data: InputFile
    code: InputFile
    settings: InputFile
    split: InputFile
    compute: InputFile
    torch: InputFile
    model: str
    color: str
    seed: int
    checkpoints: Path
    history: OutputFile
    weights: OutputFile
    training: OutputFile
    validation: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    arm = read_settings(job.settings, ArmConfig)
    config = read_settings(job.compute, ComputeConfig)
    compute = resolve(config)
    dataset = load_dataset(job.data)
    images = training_images(split_by(dataset, read_settings(job.split, SplitConfig)), job.color)
    key = checkpoint_key(
        *(job.code, job.settings, job.split, job.compute, job.torch),
        data=dataset.digest(),
        arm=(job.model, job.color, job.seed),
    )
    checkpoints = CheckpointFolder(job.checkpoints / key)
    result = train(images, arm.model, arm.training, compute, seed=job.seed, checkpoints=checkpoints)
    facts = {
        "device": str(compute.device),
        "precision": compute.precision,
        "threads": config.threads,
        "best_epoch": result.best_epoch,
        "epochs": arm.training.epochs,
        "images": len(images.x_train),
        **asdict(result.normalisation),
    }
    with whole_files(job.history, job.weights, job.training, job.validation) as (
        history,
        weights,
        training,
        val,
    ):
        pd.DataFrame(result.history).to_csv(history, index=False)
        save_arrays(weights, **result.weights)
        training.write_text(stable_json(facts))
        save_arrays(val, scores=result.val_scores, labels=images.y_val)
    checkpoints.clear()


if __name__ == "__main__":
    run_job(main)
