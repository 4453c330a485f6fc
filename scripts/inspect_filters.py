"""Measure the first-layer filters of a trained CNN, and take feature maps of one test image."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.vision import filters
from lib.vision.arm import in_color
from lib.vision.compute import resolve
from lib.vision.config import Arm, ComputeConfig
from lib.vision.models import Cnn
from lib.workflow.files import load_arrays, save_arrays, stable_json, whole_files
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
    compute: InputFile
    gpu: Resource[int]
    filters: OutputFile
    arrays: OutputFile
    thresholds: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    hold_gpu(job.gpu)
    arm = read_settings(job.settings, Arm)
    compute = resolve(read_settings(job.compute, ComputeConfig), arm.model.kind)
    dataset = load_dataset(job.data)
    val = in_color(split_by(dataset, read_settings(job.split, SplitConfig)).x_val, arm.color)
    model, normalisation = load_model(job.settings, job.weights, job.training, compute)
    if not isinstance(model, Cnn):
        raise TypeError(f"{job.settings}: only a cnn has filters to look at")
    features = model.features
    kernels = load_arrays(job.weights)["features.0.weight"]
    edge, colour = filters.edge_score(kernels), filters.colour_score(kernels)
    firing = filters.firing_rates(features, val, normalisation, compute)
    limits = filters.thresholds(kernels.shape[1])
    table = pd.DataFrame(
        {
            "filter": np.arange(len(kernels)),
            "weight_norm": np.linalg.norm(kernels.reshape(len(kernels), -1).astype(np.float64), axis=1),
            "edge_score": edge,
            "colour_score": colour,
            "firing_rate": firing,
            "kind": filters.classify(edge, colour, firing, limits),
        }
    )
    image = in_color(dataset.x_test[:1], arm.color)[0]
    maps = filters.feature_maps(features, image, normalisation, compute)
    with whole_files(job.filters, job.arrays, job.thresholds) as (csv, arrays, thresholds):
        table.to_csv(csv, index=False)
        save_arrays(arrays, filters=kernels, image=image, label=dataset.y_test[:1], maps=maps)
        thresholds.write_text(
            stable_json(
                {
                    "edge_threshold": limits.edge,
                    "colour_threshold": limits.colour,
                    "firing_threshold": limits.firing,
                }
            )
        )


if __name__ == "__main__":
    run_job(main)
