"""Train one model on CIFAR-10 once: one arm, one seed."""

from dataclasses import dataclass
from pathlib import Path

import torch

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.vision.arm import facts_of, train_arm, training_images
from lib.vision.compute import resolve
from lib.vision.config import Arm, ComputeConfig
from lib.vision.filters import COLUMNS
from lib.workflow.checkpoints import CheckpointFolder, checkpoint_key
from lib.workflow.files import read_json
from lib.workflow.gpus import hold_gpu
from lib.workflow.job import InputFile, OutputFile, Resource, Wildcard, parse_job, read_settings, run_job
from lib.workflow.trainings import key_of, save_training


@dataclass
class Arguments:
    data: InputFile
    code: InputFile
    settings: InputFile
    split: InputFile
    compute: InputFile
    gpu: Resource[int]
    torch: InputFile
    arm: Wildcard[str]
    seed: Wildcard[int]
    checkpoints: Path
    history: OutputFile
    weights: OutputFile
    training: OutputFile
    validation: OutputFile
    filters: OutputFile
    key: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    hold_gpu(job.gpu)
    arm = read_settings(job.settings, Arm)
    compute = resolve(read_settings(job.compute, ComputeConfig), arm.model.kind)
    dataset = load_dataset(job.data)
    images = training_images(split_by(dataset, read_settings(job.split, SplitConfig)), arm)
    digest = dataset.digest()
    key = checkpoint_key(
        *(job.code, job.settings, job.split, job.compute, job.torch),
        data=digest,
        arm=(job.arm, job.seed),
        device=(compute.device.type, compute.device_name, compute.precision),
    )
    checkpoints = CheckpointFolder(job.checkpoints / key)
    result = train_arm(images, arm, compute, seed=job.seed, checkpoints=checkpoints)
    facts = facts_of(result, arm, images, compute)
    made_by = key_of(
        *(read_json(job.settings), read_json(job.split), facts, torch.__version__),
        arm=job.arm,
        seed=job.seed,
        code=job.code.read_text(encoding="utf-8").split()[0],
        data=digest,
    )
    targets = (job.history, job.weights, job.training, job.validation, job.filters, job.key)
    save_training(result, images.y_val, COLUMNS, facts, made_by, targets)
    checkpoints.clear()


if __name__ == "__main__":
    run_job(main)
