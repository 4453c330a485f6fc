"""Train one model on CIFAR-10 once: one arm, one seed."""

from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.vision.arm import training_images
from lib.vision.compute import resolve
from lib.vision.config import Arm, ComputeConfig
from lib.vision.filters import COLUMNS, first_layer
from lib.vision.training import train
from lib.workflow.checkpoints import CheckpointFolder, checkpoint_key
from lib.workflow.files import save_arrays, stable_json, whole_files
from lib.workflow.gpus import hold_gpu
from lib.workflow.job import InputFile, OutputFile, parse_job, read_settings, run_job

WATCHED = 1000  # validation images on which the first layer's filters are watched during training


@dataclass
class Arguments:
    data: InputFile
    code: InputFile
    settings: InputFile
    split: InputFile
    compute: InputFile
    gpu: int
    torch: InputFile
    arm: str
    seed: int
    checkpoints: Path
    history: OutputFile
    weights: OutputFile
    training: OutputFile
    validation: OutputFile
    filters: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    hold_gpu(job.gpu)
    arm = read_settings(job.settings, Arm)
    compute = resolve(read_settings(job.compute, ComputeConfig), arm.model.kind)
    dataset = load_dataset(job.data)
    images = training_images(split_by(dataset, read_settings(job.split, SplitConfig)), arm)
    key = checkpoint_key(
        *(job.code, job.settings, job.split, job.compute, job.torch),
        data=dataset.digest(),
        arm=(job.arm, job.seed),
    )
    checkpoints = CheckpointFolder(job.checkpoints / key)
    watched = images.x_val[:WATCHED]
    result = train(
        *(images, arm.model, arm.training, compute),
        seed=job.seed,
        checkpoints=checkpoints,
        observe=lambda model, normalisation: first_layer(model, watched, normalisation, compute),
    )
    facts = {
        "device": str(compute.device),
        "precision": compute.precision,
        "threads": compute.threads,
        "best_epoch": result.best_epoch,
        "epochs": arm.training.epochs,
        "images": len(images.x_train),
        **asdict(result.normalisation),
    }
    outputs = (job.history, job.weights, job.training, job.validation, job.filters)
    with whole_files(*outputs) as (history, weights, training, validation, filters):
        pd.DataFrame(result.history).to_csv(history, index=False)
        save_arrays(weights, **result.weights)
        training.write_text(stable_json(facts))
        save_arrays(
            validation, scores=result.val_scores, labels=images.y_val, predicted_by_epoch=result.val_predictions
        )
        pd.DataFrame(result.observations, columns=["epoch", *COLUMNS]).to_csv(filters, index=False)
    checkpoints.clear()


if __name__ == "__main__":
    run_job(main)
