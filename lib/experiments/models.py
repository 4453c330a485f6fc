"""A trained model back from its result files."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from lib.vision.compute import Compute
from lib.vision.config import Arm
from lib.vision.models import build_model
from lib.vision.normalisation import Normalisation
from lib.vision.weights import load_weights
from lib.workflow.files import load_arrays, read_json
from lib.workflow.job import read_settings


def load_model(settings: Path, weights: Path, training: Path, compute: Compute) -> tuple[nn.Module, Normalisation]:
    """The model of an arm on the device, ready for evaluation, and how its images are normalised.

    Raises ValueError for the weights of a training that came in a bundle without them.
    """
    arrays = load_arrays(weights)
    if not arrays:
        name = f"{weights.parent.parent.name} seed {weights.parent.name.removeprefix('seed')}"
        raise ValueError(
            f"{weights}: the weights of {name} did not come with the bundle it was taken from; delete the folder to "
            "train it here, or take a bundle that was packed with them (make pack WEIGHTS=all)"
        )
    facts = read_json(training)
    normalisation = Normalisation(tuple(facts["mean"]), tuple(facts["std"]))
    model = build_model(len(normalisation.mean), read_settings(settings, Arm).model, seed=0)
    return load_weights(model, arrays, compute), normalisation
