"""Figures of section 2.7 that look inside the CNN: its first filters, and what they see."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.figures.images import MARGIN, canvas, place, stretched, symmetric, whole_scale
from lib.figures.style import MUTED, ORANGE, SKY, styled, text_width

_FRAME = "#9a9a9a"
# By kind of filter: the word below it, the colours of the left and of the right half of its frame, its width in pixels.
_MARKS = {
    "edge": ("edges", SKY, SKY, 4),
    "colour": ("colours", ORANGE, ORANGE, 4),
    "edge and colour": ("both", SKY, ORANGE, 4),
    "dead": ("dead", _FRAME, _FRAME, 1),
    "neither": ("", _FRAME, _FRAME, 1),
}
_TITLE = "What each filter makes of it"
_NUMBERS = 26  # pixels left of a grid and above it, for the numbers of its rows and columns
_GAP, _BELOW = 12, 12  # pixels between two tiles, and more between two rows, for the words


def _grid_columns(count: int) -> int:
    """As square as possible: 64 -> 8 columns."""
    return max(1, int(np.ceil(np.sqrt(count))))


def _numbered_grid(ax: Axes, tiles: list[np.ndarray], kinds: Sequence[str], x: int, y: int, scale: int) -> None:
    """Draw tiles from (x, y) on, marked by kind; a tile's number is that of its row plus that of its column."""
    columns = _grid_columns(len(tiles))
    height, width = (size * scale for size in tiles[0].shape[1:])
    for index, (tile, kind) in enumerate(zip(tiles, kinds, strict=True)):
        row, column = divmod(index, columns)
        left, top = x + column * (width + _GAP), y + row * (height + _GAP + _BELOW)
        word, first, second, line = _MARKS[kind]
        # Behind the image, which would else lose its white corners on the white page.
        for start, stop, color in (
            (left - line, left + width / 2, first),
            (left + width / 2, left + width + line, second),
        ):
            frame = (start, top - line), stop - start, height + 2 * line
            ax.add_patch(Rectangle(*frame, facecolor=color, linewidth=0, zorder=-1))
        place(ax, tile, left, top, scale)
        middle = left + width / 2
        if word:
            ax.text(middle, top + height + line + 1, word, ha="center", va="top", fontsize=8)
        if row == 0:
            ax.text(middle, y - 8, f"+{column}", ha="center", va="bottom", fontsize=8, color=MUTED)
        if column == 0:
            ax.text(x - 9, top + height / 2, f"{index}", ha="right", va="center", fontsize=8, color=MUTED)


def _grid_size(count: int, width: int, height: int) -> tuple[int, int]:
    columns = _grid_columns(count)
    return columns * (width + _GAP) - _GAP, -(-count // columns) * (height + _GAP + _BELOW) - _GAP


@styled
def cifar_filters(filters: np.ndarray, kinds: Sequence[str]) -> Figure:
    """First-layer filters as a grid of exact pixels, numbered along the edges and marked by kind.

    Each filter has its own scale: mid gray is zero, its weight of largest magnitude is at full or no
    intensity of that channel.

    Parameters
    ----------
    filters : (F, C, K, K) weights; three channels are drawn in colour, one in gray
    kinds : F words of :func:`lib.vision.filters.classify`
    """
    if filters.ndim != 4 or not len(filters) or filters.shape[1] not in (1, 3):
        raise ValueError(f"need (F, 1 or 3, K, K) filters, got {filters.shape}")
    kernel = filters.shape[2]
    scale = whole_scale(kernel, 60)
    width, height = _grid_size(len(filters), kernel * scale, kernel * scale)
    left = top = MARGIN + _NUMBERS - 6
    fig, ax = canvas(left + width + MARGIN, top + height + MARGIN)
    _numbered_grid(ax, [symmetric(weights) for weights in filters], kinds, left, top, scale)
    return fig


@styled
def cifar_feature_maps(image: np.ndarray, maps: np.ndarray, kinds: Sequence[str], *, class_name: str = "") -> Figure:
    """A test image and what each filter of the first layer makes of it, in the places of :func:`cifar_filters`.

    Each map has its own scale, from black for its smallest activation to white for its largest.

    Parameters
    ----------
    image : (C, H, W) uint8
    maps : (F, H', W') activations
    kinds : of the F filters, as in :func:`cifar_filters`
    class_name : of the image, printed below it
    """
    if maps.ndim != 3 or not len(maps):
        raise ValueError(f"need (F, H, W) feature maps, got {maps.shape}")
    scale, image_scale = whole_scale(maps.shape[2], 64), whole_scale(image.shape[2], 192)
    width, height = _grid_size(len(maps), maps.shape[2] * scale, maps.shape[1] * scale)
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
    _numbered_grid(ax, [stretched(one)[np.newaxis] for one in maps], kinds, left, top, scale)
    return fig
