"""Figures of section 2.2: what the data look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from lib.figures.images import MARGIN, canvas, place, whole_scale
from lib.figures.style import styled, text_width

_GAP = 4
_LABEL = 9.5  # points


def draw(images: Mapping[str, np.ndarray], class_names: Mapping[str, Sequence[str]]) -> dict[str, Figure]:
    """The study's figures by name, from the images and class names of each data set."""
    return {f"sample_grid_{name}": sample_grid(grid, class_names[name]) for name, grid in images.items()}


@styled
def sample_grid(images: np.ndarray, class_names: Sequence[str]) -> Figure:
    """One row of training images per class, labelled by class.

    Parameters
    ----------
    images : (K, M, C, H, W) uint8, M images of each of K classes, one or three channels
    class_names : K names
    """
    classes, count, _, height, width = images.shape
    if classes != len(class_names):
        raise ValueError(f"{classes} classes of images, {len(class_names)} class names")
    scale = whole_scale(width, 64)
    left = MARGIN + max(text_width(name, _LABEL) for name in class_names) + 10
    step_x, step_y = width * scale + _GAP, height * scale + _GAP
    fig, ax = canvas(left + count * step_x - _GAP + MARGIN, 2 * MARGIN + classes * step_y - _GAP)
    for row, name in enumerate(class_names):
        y = MARGIN + row * step_y
        ax.text(left - 10, y + height * scale / 2, name, ha="right", va="center", fontsize=_LABEL)
        for column in range(count):
            place(ax, images[row, column], left + column * step_x, y, scale)
    return fig
