"""Test a trained model on images moved by some pixels."""

from dataclasses import dataclass

import numpy as np

from lib.data.dataset import load_dataset
from lib.vision.arm import in_color
from lib.vision.compute import resolve
from lib.vision.config import Arm, ComputeConfig
from lib.vision.robustness import predict_shifted
from lib.workflow.files import read_json, save_arrays, whole_files
from lib.workflow.gpus import hold_gpu
from lib.workflow.job import InputFile, OutputFile, Resource, parse_job, read_settings, run_job
from lib.workflow.models import load_model


@dataclass
class Arguments:
    data: InputFile
    weights: InputFile
    training: InputFile
    settings: InputFile
    experiment: InputFile
    compute: InputFile
    gpu: Resource[int]
    shifts: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    hold_gpu(job.gpu)
    arm = read_settings(job.settings, Arm)
    compute = resolve(read_settings(job.compute, ComputeConfig), arm.model.kind)
    dataset = load_dataset(job.data)
    experiment = read_json(job.experiment)
    count = experiment["images"]
    images = in_color(dataset.x_test[:count], arm.color)
    model, normalisation = load_model(job.settings, job.weights, job.training, compute)
    shifts = list(range(experiment["largest_shift"] + 1))
    predicted = predict_shifted(model, images, shifts, normalisation, compute)
    with whole_files(job.shifts) as (target,):
        save_arrays(target, predicted=predicted, shifts=np.array(shifts), labels=dataset.y_test[:count])


if __name__ == "__main__":
    run_job(main)
