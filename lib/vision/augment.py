"""Crop, flip, rotation, shear and cutout: random numbers first, then functions of images and these numbers alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lib.vision.config import Augmentation, CropBorder, Flip, check_choice


def put(values: Tensor, device: torch.device) -> Tensor:
    """``values`` on ``device``; copies to a GPU come from pinned memory, so that the program goes on meanwhile."""
    if device.type == "cuda" and values.device.type == "cpu":
        return values.pin_memory().to(device, non_blocking=True)
    return values.to(device)


@dataclass(frozen=True)
class Draws:
    """What chance decides about the images of one batch of n, or of S batches with S as a leading dimension.

    ``index`` (n,): which training images. ``offsets`` (n, 2): row and column of the crop; ``flips`` (n,): mirrored or
    not. ``half`` (n // 2,): which of the batch are turned and slanted, by ``theta`` (n // 2, 2, 3), the affine map from
    new to old places. ``corners`` (n, 2): row and column of the square that is cut out. None: there is no such step.
    """

    index: Tensor | None = None
    offsets: Tensor | None = None
    flips: Tensor | None = None
    half: Tensor | None = None
    theta: Tensor | None = None
    corners: Tensor | None = None

    def __getitem__(self, batch: int) -> Draws:
        """The draws of one batch."""
        return self.each(lambda value: value[batch])

    def to(self, device: torch.device) -> Draws:
        """The same on ``device``."""
        return self.each(lambda value: put(value, device))

    def flat(self) -> Draws:
        """The draws of S batches as those of one."""
        return self.each(lambda value: value.flatten(0, 1))

    def after_cropping(self) -> Draws:
        """What :func:`warp` and :func:`cut` take."""
        return replace(self, index=None, offsets=None, flips=None)

    def changes(self) -> list[Tensor]:
        """Of what :func:`warp` and :func:`cut` take, that which is there."""
        return [value for value in (self.half, self.theta, self.corners) if value is not None]

    def each(self, change: Callable[[Tensor], Tensor]) -> Draws:
        """The draws with every tensor changed."""
        present = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: change(value) for name, value in present.items() if value is not None})


def first_flips(n: int, seed: int) -> Tensor:
    """Which of ``n`` images are mirrored in epoch 0 where flips alternate, (n,) bool."""
    return torch.rand(n, generator=torch.Generator().manual_seed(seed)) < 0.5


def draw_epoch(
    config: Augmentation,
    first: Tensor,
    size: int,
    *,
    batch_size: int,
    epoch: int,
    plain: bool,
    generator: torch.Generator,
) -> Draws:
    """The draws of all S whole batches of an epoch, (S, batch_size, ...), made on the CPU: the same for every device.

    ``first`` (N,) are :func:`first_flips`, ``size`` is the side of the images in pixels; a ``plain`` epoch neither
    turns, slants nor cuts.
    """
    order = torch.randperm(len(first), generator=generator)
    batches = [
        draw_batch(config, index, first, size, epoch, plain, generator)
        for index in order[: len(order) // batch_size * batch_size].view(-1, batch_size)
    ]
    together = {
        field.name: [getattr(batch, field.name) for batch in batches]
        for field in fields(Draws)
        if getattr(batches[0], field.name) is not None
    }
    return Draws(**{name: torch.stack(values) for name, values in together.items()})


def draw_batch(
    config: Augmentation,
    index: Tensor,
    first: Tensor,
    size: int,
    epoch: int,
    plain: bool,
    generator: torch.Generator,
) -> Draws:
    """The draws of one batch of the images ``index`` (n,); the other arguments as for :func:`draw_epoch`."""
    n, pad, side = len(index), config.crop_padding, config.cutout
    offsets = torch.randint(0, 2 * pad + 1, (n, 2), generator=generator) if pad else None
    flips = None
    if config.flip == "random":
        flips = torch.rand(n, generator=generator) < 0.5
    elif config.flip == "alternating":
        flips = first[index] ^ bool(epoch % 2)
    half = theta = corners = None
    if not plain and (config.rotation or config.shear):
        half = torch.randperm(n, generator=generator)[: n // 2]
        spread = 2 * torch.rand(2, len(half), generator=generator) - 1
        theta = _affine(spread[0] * math.radians(config.rotation), spread[1] * config.shear)
    if not plain and side:
        corners = torch.randint(1 - side, size, (n, 2), generator=generator)
    return Draws(index, offsets, flips, half, theta, corners)


def _affine(angle: Tensor, slant: Tensor) -> Tensor:
    """Where each pixel comes from, (n, 2, 3): the rotation times the shear along the rows."""
    cos, sin = angle.cos(), angle.sin()
    zero = torch.zeros_like(cos)
    return torch.stack((cos, cos * slant - sin, zero, sin, sin * slant + cos, zero), dim=1).view(-1, 2, 3)


class Cropper:
    """Serves cropped and mirrored uint8 images (n, C, H, W) out of all training images, padded and mirrored once.

    Raises ValueError for a crop border or a flip that is not known.
    """

    def __init__(self, images: np.ndarray, config: Augmentation, *, device: torch.device | None = None) -> None:
        check_choice("crop border", config.crop_border, CropBorder)
        check_choice("flip", config.flip, Flip)
        size, pad = images.shape[-1], config.crop_padding
        if pad:
            width = ((0, 0), (0, 0), (pad, pad), (pad, pad))
            images = np.pad(images, width, mode="constant" if config.crop_border == "zero" else "reflect")
        self.count, self.margin = len(images), 2 * pad
        # Channels last, so that whole rows of a crop lie together; behind all images their mirror images.
        last = torch.from_numpy(images).permute(0, 2, 3, 1)
        mirrored = config.flip != "none"
        stored = torch.empty((len(images) * (1 + mirrored), *last.shape[1:]), dtype=last.dtype, device=device or "cpu")
        stored[: len(images)] = last
        if mirrored:
            stored[len(images) :] = last.flip(2)
        # A view of every crop of every image: (N, 2 * pad + 1, 2 * pad + 1, H, W, C).
        self.crops = stored.unfold(1, size, 1).unfold(2, size, 1).permute(0, 1, 2, 4, 5, 3)

    def __call__(self, draws: Draws) -> Tensor:
        """The images of ``draws`` of one batch, in channels-last memory order, on the device where all images lie."""
        index = draws.index
        assert index is not None
        rows, columns = (0, 0) if draws.offsets is None else draws.offsets.unbind(1)
        if draws.flips is not None:
            index = index + self.count * draws.flips
            columns = torch.where(draws.flips, self.margin - columns, columns)
        return self.crops[index, rows, columns].permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


def warp(batch: Tensor, draws: Draws) -> Tensor:
    """Turn and slant some of the normalised images (n, C, H, W), mirrored beyond the border; changes ``batch``."""
    if draws.half is None or draws.theta is None:
        return batch
    grid = functional.affine_grid(draws.theta, [len(draws.half), *batch.shape[1:]], align_corners=False)
    batch[draws.half] = functional.grid_sample(
        batch[draws.half], grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )
    return batch


def cut(batch: Tensor, draws: Draws, side: int) -> Tensor:
    """Set a square of ``side`` pixels of each normalised image to zero, the data's mean; changes ``batch``."""
    if draws.corners is None:
        return batch
    steps = torch.arange(batch.shape[-1], device=batch.device)
    inside = (steps >= draws.corners[:, :, None]) & (steps < draws.corners[:, :, None] + side)
    return batch.masked_fill_((inside[:, 0, :, None] & inside[:, 1, None, :])[:, None], 0.0)


def shrink(batch: Tensor, side: int | None) -> Tensor:
    """Images (n, C, H, W) made ``side`` pixels wide and high by antialiased interpolation; as they are for None."""
    if side is None:
        return batch
    small = functional.interpolate(batch, size=(side, side), mode="bilinear", align_corners=False, antialias=True)
    return small.contiguous(memory_format=torch.channels_last)
