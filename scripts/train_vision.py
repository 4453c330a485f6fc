"""Train one model on CIFAR-10 once: one arm, one seed."""

from pathlib import Path

from torch import __version__ as torch_version

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.vision.arm import facts_of, train_arm, training_images
from lib.vision.compute import resolve
from lib.vision.config import Arm, ComputeConfig
from lib.vision.filters import COLUMNS
from lib.vision.saving import save_training
from lib.workflow.checkpoints import CheckpointFolder, checkpoint_key
from lib.workflow.files import code_digest, read_json
from lib.workflow.gpus import hold_gpu
from lib.workflow.job import InputFile, OutputFile, Resource, Wildcard, read_settings, run_job
from lib.workflow.trainings import key_of


def main(
    data: InputFile,
    code: InputFile,
    settings: InputFile,
    split: InputFile,
    compute: InputFile,
    gpu: Resource[int],
    torch: InputFile,
    arm: Wildcard[str],
    seed: Wildcard[int],
    checkpoints: Path,
    history: OutputFile,
    weights: OutputFile,
    training: OutputFile,
    validation: OutputFile,
    filters: OutputFile,
    key: OutputFile,
) -> None:
    hold_gpu(gpu)
    config = read_settings(settings, Arm)
    device = resolve(read_settings(compute, ComputeConfig), config.model.kind)
    dataset = load_dataset(data)
    images = training_images(split_by(dataset, read_settings(split, SplitConfig)), config)
    digest = dataset.digest()
    unfinished_key = checkpoint_key(
        code,
        settings,
        split,
        compute,
        torch,
        data=digest,
        arm=(arm, seed),
        device=(device.device.type, device.device_name, device.precision),
    )
    unfinished = CheckpointFolder(checkpoints / unfinished_key)
    result = train_arm(images, config, device, seed=seed, checkpoints=unfinished)
    facts = facts_of(result, config, images, device)
    made_by = key_of(
        read_json(settings),
        read_json(split),
        facts,
        torch_version,
        arm=arm,
        seed=seed,
        code=code_digest(code.read_text(encoding="utf-8")),
        data=digest,
    )
    targets = (history, weights, training, validation, filters, key)
    save_training(result, images.y_val, COLUMNS, facts, made_by, targets)
    unfinished.clear()


if __name__ == "__main__":
    run_job(main)
