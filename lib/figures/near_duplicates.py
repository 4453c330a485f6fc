"""Figure of section 2.7: test images beside the training images most like them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from lib.figures.images import MARGIN, canvas, place, whole_scale
from lib.figures.style import INK, VERMILLION, styled, text_width

_ROWS = {"highest": "Highest", "above": "Just above\nthreshold", "below": "Just below\nthreshold"}
_LABEL = 8.0  # points
_BETWEEN, _ABOVE, _UNDER = 14, 18, 26  # pixels: between pairs, for the correlation, for the labels


def draw(found: Mapping[str, np.ndarray], class_names: Sequence[str]) -> dict[str, Figure]:
    """The study's figures by name, from what :func:`lib.experiments.near_duplicates.find` returns."""
    return {"near_duplicates_pairs": near_duplicates_pairs(found, class_names)}


@styled
def near_duplicates_pairs(found: Mapping[str, np.ndarray], class_names: Sequence[str]) -> Figure:
    """Pairs with their correlation above and their labels below, which are coloured where they differ."""
    rows = {title: found[key] for key, title in _ROWS.items() if len(found[key])}
    height, width = found["shown"].shape[2:]
    scale = whole_scale(width, 64)
    tile = max(width * scale, *(text_width(name, _LABEL) + 4 for name in class_names))
    pair, step = 2 * tile + 2 + _BETWEEN, _ABOVE + height * scale + _UNDER
    left = MARGIN + max(text_width(line, 9.5) for title in rows for line in title.split("\n")) + 14
    columns = max(len(shown) for shown in rows.values())
    fig, ax = canvas(left + columns * pair - _BETWEEN + MARGIN, 2 * MARGIN + len(rows) * step)
    number = 0
    for row, (title, shown) in enumerate(rows.items()):
        y = MARGIN + row * step + _ABOVE
        ax.text(left - 14, y + height * scale / 2, title, ha="right", va="center", fontsize=9.5)
        for column, image in enumerate(shown):
            x = left + column * pair
            labels = [found["labels"][image], found["nearest_labels"][image]]
            text = f"{found['correlation'][image]:.4f}" + (", mirrored" if found["mirrored"][image] else "")
            ax.text(x + tile + 1, y - 4, text, ha="center", va="bottom", fontsize=_LABEL)
            for side, pixels in enumerate((found["shown"][number], found["nearest_shown"][number])):
                corner = x + side * (tile + 2) + (tile - width * scale) // 2
                place(ax, pixels, corner, y, scale)
                name, color = class_names[labels[side]], INK if labels[0] == labels[1] else VERMILLION
                below = y + height * scale + 4
                ax.text(corner + width * scale / 2, below, name, ha="center", va="top", fontsize=_LABEL, color=color)
            number += 1
    return fig
