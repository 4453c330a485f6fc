"""The same trained model on images that were moved, or augmented as for training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from lib.vision.augment import Cropper, draw_batch, first_flips
from lib.vision.compute import Compute
from lib.vision.config import Augmentation
from lib.vision.normalisation import Normalisation
from lib.vision.training import epoch_seed, predict

# Right, left, down, up, as (rows, columns) on which an image lands.
DIRECTIONS = ((0, 1), (0, -1), (1, 0), (-1, 0))


def shifted(images: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Images (N, C, H, W) moved down by ``rows`` and right by ``columns`` pixels, with the border reflected."""
    widths = ((0, 0), (0, 0), (max(rows, 0), max(-rows, 0)), (max(columns, 0), max(-columns, 0)))
    padded = np.pad(images, widths, mode="reflect")
    height, width = images.shape[2:]
    top, left = max(-rows, 0), max(-columns, 0)
    return padded[:, :, top : top + height, left : left + width]


def predict_shifted(
    model: nn.Module, images: np.ndarray, shifts: Sequence[int], normalisation: Normalisation, compute: Compute
) -> np.ndarray:
    """Classes (S, 4, N), uint8, of images (N, C, H, W) moved by each of S shifts in each of :data:`DIRECTIONS`."""
    found = np.empty((len(shifts), len(DIRECTIONS), len(images)), dtype=np.uint8)
    for i, shift in enumerate(shifts):
        for j, (rows, columns) in enumerate(DIRECTIONS):
            if shift == 0 and j > 0:
                found[i, j] = found[i, 0]
                continue
            moved = shifted(images, shift * rows, shift * columns)
            found[i, j] = predict(model, moved, normalisation, compute).argmax(axis=1)
    return found


def predict_augmented(
    model: nn.Module,
    images: np.ndarray,
    augmentation: Augmentation,
    draws: int,
    normalisation: Normalisation,
    compute: Compute,
) -> np.ndarray:
    """Classes (D, N), uint8, of images (N, C, H, W) augmented anew for each of ``draws``, the same for every model."""
    crop, index, first = Cropper(images, augmentation), torch.arange(len(images)), first_flips(len(images), seed=0)
    found = np.empty((draws, len(images)), dtype=np.uint8)
    for draw in range(draws):
        generator = torch.Generator().manual_seed(epoch_seed(0, draw))
        drawn = draw_batch(augmentation, index, first, images.shape[-1], draw, True, generator)
        found[draw] = predict(model, crop(drawn).contiguous().numpy(), normalisation, compute).argmax(axis=1)
    return found
