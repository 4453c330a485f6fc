"""Crop, flip and cutout on whole batches of tensors that stay in memory."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lib.vision.config import Augmentation


class Augmenter:
    """Serves augmented batches of uint8 images (N, C, H, W) held in memory of ``device``, padded once.

    All random numbers are drawn on the CPU, so that every device sees the same images.
    """

    def __init__(
        self, images: np.ndarray, config: Augmentation, *, seed: int, device: torch.device | None = None
    ) -> None:
        if config.crop_border not in ("zero", "reflect"):
            raise ValueError(f"unknown crop border {config.crop_border!r}; allowed: zero, reflect")
        if config.flip not in ("none", "random", "alternating"):
            raise ValueError(f"unknown flip {config.flip!r}; allowed: none, random, alternating")
        self.config = config
        self.size = images.shape[-1]
        pad = config.crop_padding
        if pad:
            width = ((0, 0), (0, 0), (pad, pad), (pad, pad))
            images = np.pad(images, width, mode="constant" if config.crop_border == "zero" else "reflect")
        # Channels last, so that whole rows of a crop lie together.
        stored = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 2, 3, 1))).to(device or "cpu")
        # A view of every crop of every image: (N, 2 * pad + 1, 2 * pad + 1, C, H, W).
        self.crops = stored.unfold(1, self.size, 1).unfold(2, self.size, 1)
        first = torch.Generator().manual_seed(seed)
        self.first_flips = torch.rand(len(images), generator=first) < 0.5

    def batch(self, index: Tensor, epoch: int, generator: torch.Generator) -> Tensor:
        """Augmented images (n, C, H, W), uint8, in channels-last memory order, for ``index`` (n,)."""
        n, pad, device = len(index), self.config.crop_padding, self.crops.device
        offsets = torch.randint(0, 2 * pad + 1, (n, 2), generator=generator) if pad else torch.zeros(n, 2).long()
        row, column = offsets.to(device).unbind(1)
        picked = self.crops[index.to(device), row, column]
        if self.config.flip != "none":
            flips = (
                torch.rand(n, generator=generator) < 0.5
                if self.config.flip == "random"
                else self.first_flips[index] ^ bool(epoch % 2)
            )
            picked = torch.where(flips.to(device)[:, None, None, None], picked.flip(3), picked)
        return picked.contiguous(memory_format=torch.channels_last)

    def warp(self, batch: Tensor, generator: torch.Generator) -> Tensor:
        """Turn and slant a random half of the normalised images (n, C, H, W), mirrored beyond the border."""
        if not (self.config.rotation or self.config.shear):
            return batch
        half = torch.randperm(len(batch), generator=generator)[: len(batch) // 2]
        spread = 2 * torch.rand(2, len(half), generator=generator) - 1
        angle, slant = spread[0] * math.radians(self.config.rotation), spread[1] * self.config.shear
        cos, sin = angle.cos(), angle.sin()
        # Where each pixel comes from: the rotation times the shear along the rows.
        rows = (cos, cos * slant - sin, torch.zeros_like(cos), sin, sin * slant + cos, torch.zeros_like(cos))
        theta = torch.stack(rows, dim=1).view(-1, 2, 3).to(batch.device)
        grid = functional.affine_grid(theta, [len(half), *batch.shape[1:]], align_corners=False)
        turned = functional.grid_sample(
            batch[half], grid, mode="bilinear", padding_mode="reflection", align_corners=False
        )
        batch[half] = turned
        return batch

    def cut(self, batch: Tensor, generator: torch.Generator) -> Tensor:
        """Set a random square of each normalised image (n, C, H, W) to zero, which is the data's mean."""
        side = self.config.cutout
        if not side:
            return batch
        corner = torch.randint(1 - side, self.size, (len(batch), 2), generator=generator)
        steps = torch.arange(self.size)
        inside = (steps >= corner[:, :, None]) & (steps < corner[:, :, None] + side)
        square = (inside[:, 0, :, None] & inside[:, 1, None, :])[:, None].to(batch.device)
        return batch.masked_fill_(square, 0.0)


def shrink(batch: Tensor, side: int | None) -> Tensor:
    """Images (n, C, H, W) made ``side`` pixels wide and high by antialiased interpolation; as they are for None."""
    if side is None:
        return batch
    small = functional.interpolate(batch, size=(side, side), mode="bilinear", align_corners=False, antialias=True)
    return small.contiguous(memory_format=torch.channels_last)
