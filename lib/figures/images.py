"""Canvases measured in pixels, on which an image's pixels each cover a whole number of pixels."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.figures.style import DPI

MARGIN = 12  # pixels around everything on a canvas


def canvas(width: int, height: int) -> tuple[Figure, Axes]:
    """A figure of ``width`` x ``height`` pixels; the axes' units are pixels, from the upper left corner."""
    fig = Figure(figsize=(_inches(width), _inches(height)), dpi=DPI)
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)
    return fig, ax


def _inches(pixels: int) -> float:
    """So many pixels, of a file with twice as many: 1.16 inches at 200 dots are a bit less than 232, and cut to 231."""
    inches = pixels / DPI
    return inches if int(2 * DPI * inches) == 2 * pixels else math.nextafter(inches, math.inf)


def to_rgb(image: np.ndarray) -> np.ndarray:
    """(C, H, W) uint8 with one or three channels -> (H, W, 3) uint8."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[0] not in (1, 3):
        raise ValueError(f"need a (1 or 3, H, W) uint8 image, got {image.dtype} {image.shape}")
    return np.repeat(image, 3 // image.shape[0], axis=0).transpose(1, 2, 0)


def place(ax: Axes, image: np.ndarray, x: int, y: int, scale: int) -> None:
    """Draw a (C, H, W) uint8 image with its upper left corner at (x, y), each pixel ``scale`` pixels wide."""
    height, width = image.shape[1] * scale, image.shape[2] * scale
    ax.imshow(to_rgb(image), extent=(x, x + width, y + height, y), interpolation="none", aspect="auto")


def whole_scale(size: int, target: int) -> int:
    """The largest whole factor that keeps an image of ``size`` pixels within ``target``, at least 1."""
    return max(1, target // size)


def symmetric(weights: np.ndarray) -> np.ndarray:
    """Weights as uint8: zero is mid gray (128), the largest magnitude is at 1 or 255; all zeros are gray."""
    largest = np.nanmax(np.abs(weights), initial=0.0)
    scaled = np.nan_to_num(weights / largest) if np.isfinite(largest) and largest > 0 else np.zeros_like(weights)
    return np.rint(128 + 127 * scaled).astype(np.uint8)


def stretched(values: np.ndarray) -> np.ndarray:
    """Values as uint8, smallest black and largest white; constant ones black."""
    finite = np.nan_to_num(values.astype(float), posinf=0.0, neginf=0.0)
    low, high = finite.min(), finite.max()
    return np.rint(255 * (finite - low) / (high - low if high > low else 1)).astype(np.uint8)
