"""Crop, flip and cutout on whole batches of tensors that stay in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Augmentation:
    """Random changes of training images.

    ``crop_padding``: pixels added on every side before a random crop back to size, 0 for none;
    ``crop_border``: ``zero`` or ``reflect``; ``flip``: ``none``, ``random`` (every epoch anew) or ``alternating``
    (a random half in epoch 0, then every image the other way round each epoch; Jordan 2024, arXiv:2404.00498);
    ``cutout``: side in pixels of a square set to the mean (DeVries & Taylor 2017, arXiv:1708.04552), 0 for none.
    """

    crop_padding: int = 0
    crop_border: str = "zero"
    flip: str = "none"
    cutout: int = 0


class Augmenter:
    """Serves augmented batches of uint8 images (N, C, H, W) held in memory, padded once."""

    def __init__(self, images: np.ndarray, config: Augmentation, *, seed: int) -> None:
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
        # Channels last, so that one gather moves whole pixels.
        self.images = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 2, 3, 1)))
        first = torch.Generator().manual_seed(seed)
        self.first_flips = torch.rand(len(images), generator=first) < 0.5

    def batch(self, index: Tensor, epoch: int, generator: torch.Generator) -> Tensor:
        """Augmented images (n, C, H, W), uint8, in channels-last memory order, for ``index`` (n,)."""
        n, pad, steps = len(index), self.config.crop_padding, torch.arange(self.size)
        if pad:
            offsets = torch.randint(0, 2 * pad + 1, (n, 2), generator=generator)
            rows, columns = offsets[:, :1] + steps, offsets[:, 1:] + steps
        else:
            rows = columns = steps.expand(n, -1)
        if self.config.flip == "random":
            flips = torch.rand(n, generator=generator) < 0.5
            columns = torch.where(flips[:, None], columns.flip(1), columns)
        elif self.config.flip == "alternating":
            flips = self.first_flips[index] ^ bool(epoch % 2)
            columns = torch.where(flips[:, None], columns.flip(1), columns)
        picked = self.images[index[:, None, None], rows[:, :, None], columns[:, None, :]]
        return picked.permute(0, 3, 1, 2)

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
