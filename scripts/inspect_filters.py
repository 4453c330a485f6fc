"""Measure the first-layer filters of a trained CNN, and take feature maps of one test image."""

import numpy as np
import pandas as pd

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.models import load_model
from lib.vision.arm import in_color
from lib.vision.compute import resolve
from lib.vision.config import Arm, ComputeConfig
from lib.vision.filters import classify, colour_score, edge_score, feature_maps, firing_rates
from lib.vision.filters import thresholds as thresholds_for
from lib.vision.models import Cnn
from lib.workflow.files import load_arrays, save_arrays, stable_json, whole_files
from lib.workflow.gpus import hold_gpu
from lib.workflow.job import InputFile, OutputFile, Resource, read_settings, run_job


def main(
    data: InputFile,
    split: InputFile,
    weights: InputFile,
    training: InputFile,
    settings: InputFile,
    compute: InputFile,
    gpu: Resource[int],
    filters: OutputFile,
    arrays: OutputFile,
    thresholds: OutputFile,
) -> None:
    hold_gpu(gpu)
    arm = read_settings(settings, Arm)
    device = resolve(read_settings(compute, ComputeConfig), arm.model.kind)
    dataset = load_dataset(data)
    val = in_color(split_by(dataset, read_settings(split, SplitConfig)).x_val, arm.color)
    model, normalisation = load_model(settings, weights, training, device)
    if not isinstance(model, Cnn):
        raise ValueError(f"{settings}: model.kind is {arm.model.kind!r}, but only a cnn has filters; name one")
    features = model.features
    kernels = load_arrays(weights)["features.0.weight"]
    edge, colour = edge_score(kernels), colour_score(kernels)
    firing = firing_rates(features, val, normalisation, device)
    limits = thresholds_for(kernels.shape[1])
    kinds = classify(edge, colour, firing, limits)
    table = pd.DataFrame(
        {
            "filter": np.arange(len(kernels)),
            "weight_norm": np.linalg.norm(kernels.reshape(len(kernels), -1).astype(np.float64), axis=1),
            "edge_score": edge,
            "colour_score": colour,
            "firing_rate": firing,
            "kind": kinds,
        }
    )
    image = in_color(dataset.x_test[:1], arm.color)[0]
    maps = feature_maps(features, image, normalisation, device)
    with whole_files(filters, arrays, thresholds) as (csv, npz, json):
        table.to_csv(csv, index=False)
        save_arrays(npz, filters=kernels, kinds=np.array(kinds), image=image, label=dataset.y_test[:1], maps=maps)
        json.write_text(
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
