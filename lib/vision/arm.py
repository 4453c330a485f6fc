"""One arm of the comparison: a model, its recipe and the colours it sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.data.gray import to_gray
from lib.data.splits import Splits
from lib.vision.models import ModelConfig
from lib.vision.training import Images, Recipe

COLORS = ("rgb", "gray")


@dataclass(frozen=True)
class ArmConfig:
    """A model and how it is trained."""

    model: ModelConfig
    training: Recipe


def in_color(images: np.ndarray, color: str) -> np.ndarray:
    """Images (N, 3, H, W) as the arm sees them: as they are, or (N, 1, H, W) luma."""
    if color not in COLORS:
        raise ValueError(f"unknown colour mode {color!r}; allowed: {', '.join(COLORS)}")
    return images if color == "rgb" else to_gray(images)


def training_images(splits: Splits, color: str) -> Images:
    """Training and validation images in the arm's colours."""
    return Images(in_color(splits.x_train, color), splits.y_train, in_color(splits.x_val, color), splits.y_val)
