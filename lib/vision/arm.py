"""One arm of a comparison: a model, its recipe, and the images it sees; trained, and scored on the test set."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import nn

from lib.data.dataset import Dataset
from lib.data.gray import to_gray
from lib.data.splits import Splits
from lib.vision.compute import Compute
from lib.vision.config import Arm, ArmConfig, Color, check_choice
from lib.vision.filters import first_layer
from lib.vision.normalisation import Normalisation
from lib.vision.training import Checkpoints, Images, TrainingResult, predict, train

WATCHED = 1000  # validation images on which the first layer's filters are watched during training


def in_color(images: np.ndarray, color: str) -> np.ndarray:
    """Images (N, 3, H, W) as an arm sees them: as they are, (N, 1, H, W) luma, or luma in all three channels."""
    check_choice("colour mode", color, Color)
    if color == "rgb":
        return images
    gray = to_gray(images)
    return gray if color == "gray" else np.repeat(gray, 3, axis=1)


def training_images(splits: Splits, arm: Arm) -> Images:
    """Training and validation images as the arm sees them; the first ``arm.images`` of the training set."""
    x_train, y_train = splits.x_train[: arm.images], splits.y_train[: arm.images]
    return Images(in_color(x_train, arm.color), y_train, in_color(splits.x_val, arm.color), splits.y_val)


def train_arm(
    images: Images, arm: ArmConfig, compute: Compute, *, seed: int, checkpoints: Checkpoints | None = None
) -> TrainingResult:
    """One training of an arm, its first layer's filters watched after each epoch."""
    watched = torch.from_numpy(images.x_val[:WATCHED]).to(compute.device)
    return train(
        images,
        arm.model,
        arm.training,
        compute,
        seed=seed,
        checkpoints=checkpoints,
        observe=lambda model, normalisation: first_layer(model, watched, normalisation, compute),
    )


def facts_of(result: TrainingResult, arm: ArmConfig, images: Images, compute: Compute) -> dict[str, Any]:
    """What there is to know of a training beside its numbers, for ``training.json``."""
    return {
        "device": str(compute.device),
        "device_name": compute.device_name,
        "precision": compute.precision,
        "threads": compute.threads,
        "best_epoch": result.best_epoch,
        "epochs": arm.training.epochs,
        "images": len(images.x_train),
        **asdict(result.normalisation),
    }


def score_test_set(
    model: nn.Module, dataset: Dataset, color: str, normalisation: Normalisation, compute: Compute
) -> dict[str, np.ndarray]:
    """``scores`` (N, K) of the test images, ``flipped_scores`` of their mirror images, and ``labels`` (N,)."""
    images = torch.from_numpy(in_color(dataset.x_test, color)).to(compute.device)
    scores, flipped = (predict(model, images, normalisation, compute, flip=flip) for flip in (False, True))
    return {"scores": scores, "flipped_scores": flipped, "labels": dataset.y_test}
