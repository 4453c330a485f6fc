"""Test a trained model on images moved by some pixels."""

import numpy as np

from lib.data.dataset import load_dataset
from lib.experiments.models import load_model
from lib.vision.arm import in_color
from lib.vision.compute import resolve
from lib.vision.config import Arm, ComputeConfig
from lib.vision.robustness import predict_shifted
from lib.workflow.files import read_json, save_arrays, whole_files
from lib.workflow.gpus import hold_gpu
from lib.workflow.job import InputFile, OutputFile, Resource, read_settings, run_job


def main(
    data: InputFile,
    weights: InputFile,
    training: InputFile,
    settings: InputFile,
    experiment: InputFile,
    compute: InputFile,
    gpu: Resource[int],
    shifts: OutputFile,
) -> None:
    hold_gpu(gpu)
    arm = read_settings(settings, Arm)
    device = resolve(read_settings(compute, ComputeConfig), arm.model.kind)
    dataset = load_dataset(data)
    config = read_json(experiment)
    count = config["images"]
    images = in_color(dataset.x_test[:count], arm.color)
    model, normalisation = load_model(settings, weights, training, device)
    distances = list(range(config["largest_shift"] + 1))
    predicted = predict_shifted(model, images, distances, normalisation, device)
    with whole_files(shifts) as (target,):
        save_arrays(target, predicted=predicted, shifts=np.array(distances), labels=dataset.y_test[:count])


if __name__ == "__main__":
    run_job(main)
