"""Figures of section 2.7 that look inside the CNN: its first filters, and what its first block sees."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.figures.images import MARGIN, canvas, place, stretched, symmetric, whole_scale
from lib.figures.style import MUTED, styled, text_width

_FRAME = "#9a9a9a"
_TITLE = "Feature maps of the first block"
_NUMBERS = 26  # pixels left of a grid and above it, for the numbers of its rows and columns


def _grid_columns(count: int) -> int:
    """As square as possible: 64 -> 8 columns."""
    return max(1, int(np.ceil(np.sqrt(count))))


def _numbered_grid(ax: Axes, tiles: list[np.ndarray], x: int, y: int, scale: int, gap: int) -> None:
    """Draw tiles from (x, y) on; a tile's number is that of its row plus that of its column."""
    columns = _grid_columns(len(tiles))
    step_y, step_x = (size * scale + gap for size in tiles[0].shape[1:])
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        left, top = x + column * step_x, y + row * step_y
        frame = (left - 1, top - 1), step_x - gap + 2, step_y - gap + 2
        # Behind the image, which would else lose its white corners on the white page.
        ax.add_patch(Rectangle(*frame, facecolor=_FRAME, linewidth=0, zorder=-1))
        place(ax, tile, left, top, scale)
        if row == 0:
            middle = left + (step_x - gap) / 2
            ax.text(middle, y - 6, f"+{column}", ha="center", va="bottom", fontsize=8, color=MUTED)
        if column == 0:
            ax.text(x - 7, top + (step_y - gap) / 2, f"{index}", ha="right", va="center", fontsize=8, color=MUTED)


def _grid_size(count: int, step_x: int, step_y: int, gap: int) -> tuple[int, int]:
    columns = _grid_columns(count)
    return columns * step_x - gap, -(-count // columns) * step_y - gap


@styled
def cifar_filters(filters: np.ndarray) -> Figure:
    """First-layer filters as a grid of exact pixels, numbered along the edges.

    Each filter has its own scale: mid gray is zero, its weight of largest magnitude is at full or no
    intensity of that channel.

    Parameters
    ----------
    filters : (F, C, K, K) weights; three channels are drawn in colour, one in gray
    """
    if filters.ndim != 4 or not len(filters) or filters.shape[1] not in (1, 3):
        raise ValueError(f"need (F, 1 or 3, K, K) filters, got {filters.shape}")
    kernel = filters.shape[2]
    scale, gap = whole_scale(kernel, 60), 8
    step = kernel * scale + gap
    width, height = _grid_size(len(filters), step, step, gap)
    left = top = MARGIN + _NUMBERS - 6
    fig, ax = canvas(left + width + MARGIN, top + height + MARGIN)
    _numbered_grid(ax, [symmetric(weights) for weights in filters], left, top, scale, gap)
    return fig


@styled
def cifar_feature_maps(image: np.ndarray, maps: np.ndarray, *, class_name: str = "") -> Figure:
    """A test image and what the first convolutional block makes of it.

    Each map has its own scale, from black for its smallest activation to white for its largest.

    Parameters
    ----------
    image : (C, H, W) uint8
    maps : (F, H', W') activations
    class_name : of the image, printed below it
    """
    if maps.ndim != 3 or not len(maps):
        raise ValueError(f"need (F, H, W) feature maps, got {maps.shape}")
    gap = 5
    scale, image_scale = whole_scale(maps.shape[2], 64), whole_scale(image.shape[2], 192)
    step_x, step_y = maps.shape[2] * scale + gap, maps.shape[1] * scale + gap
    width, height = _grid_size(len(maps), step_x, step_y, gap)
    image_width, image_height = image.shape[2] * image_scale, image.shape[1] * image_scale
    left, top = MARGIN + image_width + 34 + _NUMBERS, MARGIN + _NUMBERS + 22
    body = max(height, image_height + 30)
    fig, ax = canvas(left + max(width, round(1.2 * text_width(_TITLE, 10))) + MARGIN, top + body + MARGIN)
    ax.text(MARGIN, MARGIN + 14, "Image", weight="bold", va="center", fontsize=10)
    ax.text(left, MARGIN + 14, _TITLE, weight="bold", va="center", fontsize=10)
    place(ax, image, MARGIN, top, image_scale)
    if class_name:
        middle = MARGIN + image_width / 2
        ax.text(middle, top + image_height + 8, class_name, ha="center", va="top", fontsize=9.5)
    _numbered_grid(ax, [stretched(one)[np.newaxis] for one in maps], left, top, scale, gap)
    return fig
