"""Measure a trained model on validation images that are augmented as the original's training images were."""

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.models import load_model
from lib.vision.arm import in_color
from lib.vision.compute import resolve
from lib.vision.config import Arm, ArmConfig, ComputeConfig
from lib.vision.robustness import predict_augmented
from lib.workflow.files import read_json, save_arrays, whole_files
from lib.workflow.gpus import hold_gpu
from lib.workflow.job import InputFile, OutputFile, Resource, read_settings, run_job


def main(
    data: InputFile,
    split: InputFile,
    weights: InputFile,
    training: InputFile,
    settings: InputFile,
    original: InputFile,
    experiment: InputFile,
    compute: InputFile,
    gpu: Resource[int],
    augmented: OutputFile,
) -> None:
    hold_gpu(gpu)
    arm = read_settings(settings, Arm)
    device = resolve(read_settings(compute, ComputeConfig), arm.model.kind)
    splits = split_by(load_dataset(data), read_settings(split, SplitConfig))
    images = in_color(splits.x_val, arm.color)
    model, normalisation = load_model(settings, weights, training, device)
    augmentation = read_settings(original, ArmConfig).training.augmentation
    draws = read_json(experiment)["draws"]
    predicted = predict_augmented(model, images, augmentation, draws, normalisation, device)
    with whole_files(augmented) as (target,):
        save_arrays(target, predicted=predicted, labels=splits.y_val)


if __name__ == "__main__":
    run_job(main)
