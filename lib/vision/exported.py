"""Trained networks as safetensors files (https://huggingface.co/docs/safetensors), and back.

A file has all that scoring an image takes: weights, the model's settings, colour mode, normalisation, class names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from pydantic import TypeAdapter
from safetensors import safe_open
from safetensors.numpy import save_file
from torch import nn

from lib.vision.config import Arm, ModelConfig
from lib.vision.models import build_model
from lib.vision.normalisation import Normalisation

ABOUT = "about"  # one entry: safetensors does not keep the order of several


@dataclass(frozen=True)
class Exported:
    """``model`` takes images (N, C, 32, 32) that ``normalisation`` was applied to; scores are in the order of
    ``classes``. ``color`` is what becomes of RGB images before (:func:`lib.vision.arm.in_color`)."""

    model: nn.Module
    normalisation: Normalisation
    color: str
    classes: tuple[str, ...]


def save(
    path: Path, weights: Mapping[str, np.ndarray], arm: Arm, normalisation: Normalisation, classes: Sequence[str]
) -> None:
    """Write one network."""
    about = {"model": asdict(arm.model), "color": arm.color, "classes": classes, **asdict(normalisation)}
    arrays = {name: np.asarray(values, order="C") for name, values in weights.items()}
    save_file(arrays, path, {ABOUT: json.dumps(about)})


def load(path: Path) -> Exported:
    """The network in a file, on the CPU and ready for evaluation."""
    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()[ABOUT])
        weights: dict[str, torch.Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    settings = TypeAdapter(ModelConfig).validate_python(about["model"])
    normalisation = Normalisation(tuple(about["mean"]), tuple(about["std"]))
    model = build_model(len(normalisation.mean), settings, seed=0)
    model.load_state_dict(weights)
    return Exported(model.eval(), normalisation, about["color"], tuple(about["classes"]))
