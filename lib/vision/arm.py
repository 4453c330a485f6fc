"""One arm of a comparison: a model, its recipe, and the images it sees."""

from __future__ import annotations

import numpy as np

from lib.data.gray import to_gray
from lib.data.splits import Splits
from lib.vision.config import Arm
from lib.vision.training import Images

COLORS = ("rgb", "gray", "gray3")


def in_color(images: np.ndarray, color: str) -> np.ndarray:
    """Images (N, 3, H, W) as an arm sees them: as they are, (N, 1, H, W) luma, or luma in all three channels."""
    if color not in COLORS:
        raise ValueError(f"unknown colour mode {color!r}; allowed: {', '.join(COLORS)}")
    if color == "rgb":
        return images
    gray = to_gray(images)
    return gray if color == "gray" else np.repeat(gray, 3, axis=1)


def training_images(splits: Splits, arm: Arm) -> Images:
    """Training and validation images as the arm sees them; the first ``arm.images`` of the training set."""
    x_train, y_train = splits.x_train[: arm.images], splits.y_train[: arm.images]
    return Images(in_color(x_train, arm.color), y_train, in_color(splits.x_val, arm.color), splits.y_val)
