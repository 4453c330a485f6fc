"""Normalisation of images by the statistics of the training set."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Normalisation:
    """Per-channel mean and standard deviation of the training images, in [0, 1]."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of(cls, images: np.ndarray) -> Normalisation:
        """Statistics of uint8 images (N, C, H, W)."""
        channels = images.transpose(1, 0, 2, 3).reshape(images.shape[1], -1)
        # Integer histograms give exact sums, the same on every machine.
        counts = np.stack([np.bincount(channel, minlength=256) for channel in channels]).astype(np.float64)
        values, total = np.arange(256) / 255, counts.sum(axis=1)
        mean = counts @ values / total
        std = np.sqrt(counts @ values**2 / total - mean**2)
        return cls(tuple(mean.tolist()), tuple(std.tolist()))

    def apply(self, images: Tensor, device: torch.device) -> Tensor:
        """Normalised float32 images on ``device``."""
        scale, shift = _on(device, self.mean, self.std)
        return images.to(device, torch.float32).mul_(scale).sub_(shift)


@functools.lru_cache
def _on(device: torch.device, mean: tuple[float, ...], std: tuple[float, ...]) -> tuple[Tensor, Tensor]:
    """Scale and shift on ``device``, sent there once."""
    means, stds = (torch.tensor(values, dtype=torch.float32).view(1, -1, 1, 1) for values in (mean, std))
    return (1 / (255 * stds)).to(device), (means / stds).to(device)
