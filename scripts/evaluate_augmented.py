"""Measure a trained model on validation images that are augmented as the original's training images were."""

from dataclasses import dataclass

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.vision.arm import in_color
from lib.vision.compute import resolve
from lib.vision.config import Arm, ArmConfig, ComputeConfig
from lib.vision.robustness import predict_augmented
from lib.workflow.files import read_json, save_arrays, whole_files
from lib.workflow.gpus import hold_gpu
from lib.workflow.job import InputFile, OutputFile, Resource, parse_job, read_settings, run_job
from lib.workflow.models import load_model


@dataclass
class Arguments:
    data: InputFile
    split: InputFile
    weights: InputFile
    training: InputFile
    settings: InputFile
    original: InputFile
    experiment: InputFile
    compute: InputFile
    gpu: Resource[int]
    augmented: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    hold_gpu(job.gpu)
    arm = read_settings(job.settings, Arm)
    compute = resolve(read_settings(job.compute, ComputeConfig), arm.model.kind)
    splits = split_by(load_dataset(job.data), read_settings(job.split, SplitConfig))
    images = in_color(splits.x_val, arm.color)
    model, normalisation = load_model(job.settings, job.weights, job.training, compute)
    augmentation = read_settings(job.original, ArmConfig).training.augmentation
    draws = read_json(job.experiment)["draws"]
    predicted = predict_augmented(model, images, augmentation, draws, normalisation, compute)
    with whole_files(job.augmented) as (target,):
        save_arrays(target, predicted=predicted, labels=splits.y_val)


if __name__ == "__main__":
    run_job(main)
