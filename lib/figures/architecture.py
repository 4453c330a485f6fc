"""Block diagrams of the two CIFAR-10 networks, drawn from their descriptions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Polygon

from lib.figures.images import MARGIN, canvas
from lib.figures.style import BLUE, INK, LABELS, MUTED, ORANGE, VERMILLION, ordered, styled

_FILL = {"input": "#bdbdbd", "conv": VERMILLION, "pool": ORANGE, "flatten": "#bdbdbd", "linear": BLUE}
_TALLEST = 104.0  # pixels of the largest image side, and of the longest vector
_SLOT, _WIDEST_SLOT = 67, 150  # pixels from block to block, least and most
_TEXT = 7.5  # points
_LINE = 13  # pixels from one line of text to the next


@dataclass
class Block:
    """One box of a diagram: a layer that sets the shape, and in ``extras`` the words for those after it."""

    kind: str
    words: list[str]
    shape: tuple[int, ...]
    parameters: int = 0
    extras: list[str] = field(default_factory=list)


def _kernel(detail: str) -> str:
    """``3×3`` from the way PyTorch prints a convolution or a pooling layer; empty if there is no kernel."""
    found = re.search(r"kernel_size=\(?(\d+)(?:, (\d+))?", detail)
    return f"{found[1]}×{found[2] or found[1]}" if found else ""


def blocks_of(description: Mapping[str, Any]) -> list[Block]:
    """Boxes of one network.

    Parameters
    ----------
    description : ``input_shape`` [C, H, W] and ``layers``, each with ``kind`` (name of the PyTorch class),
        ``detail`` (its parameters as PyTorch prints them), ``output_shape`` and ``parameters``
    """
    blocks = [Block("input", ["input"], tuple(description["input_shape"]))]
    for layer in description["layers"]:
        kind, detail, shape = layer["kind"], str(layer["detail"]), tuple(layer["output_shape"])
        if kind.startswith("Conv"):
            blocks.append(Block("conv", ["conv", _kernel(detail)], shape, layer["parameters"]))
        elif "Pool" in kind:
            name = kind.split("Pool")[0].lower()
            blocks.append(Block("pool", [f"{name}-pool", _kernel(detail)], shape))
        elif kind == "Flatten":
            blocks.append(Block("flatten", ["flatten"], shape))
        elif kind == "Linear":
            blocks.append(Block("linear", ["linear"], shape, layer["parameters"]))
        else:
            blocks[-1].parameters += layer["parameters"]
            blocks[-1].extras += _extra(kind, detail)
    return blocks


def _extra(kind: str, detail: str) -> list[str]:
    if kind.startswith("BatchNorm"):
        return ["BN"]
    if kind.startswith("Dropout"):
        found = re.search(r"p=([\d.]+)", detail)
        rate = float(found[1]) if found else 0.0
        return [f"dropout {rate:g}"] if rate > 0 else []
    return [] if kind == "Identity" else [kind]


def _words(block: Block) -> list[str]:
    """Lines of text above a box: short neighbours share a line."""
    lines: list[str] = []
    for word in [*block.words, *block.extras]:
        if not word:
            continue
        follows = word in block.extras
        if lines and len(lines[-1]) + len(word) <= 8 and (not follows or lines[-1] in block.extras):
            lines[-1] += (", " if follows else " ") + word
        else:
            lines.append(word)
    return lines


def _shade(color: str, light: float) -> tuple[float, ...]:
    """Mixed with white (``light`` > 0) or with black (< 0)."""
    target = 1.0 if light > 0 else 0.0
    return tuple(channel + abs(light) * (target - channel) for channel in to_rgb(color))


def _draw_box(ax: Axes, block: Block, x: float, y: float, largest: Mapping[int, int]) -> float:
    """Draw ``block`` centred on (x, y); returns half its width in pixels.

    Maps are cuboids: height and depth grow with the square root of their size, thickness with that of their
    channels. Vectors are bars: height grows with the square root of their length.
    """
    color = _FILL[block.kind]
    edge: dict[str, Any] = {"edgecolor": _shade(color, -0.35), "linewidth": 0.8, "joinstyle": "round"}
    if len(block.shape) == 3:
        side = _TALLEST * np.sqrt(block.shape[1] / largest[3])
        thick, depth = 3 + 1.1 * np.sqrt(block.shape[0]), 0.22 * side
    else:
        side = max(6.0, _TALLEST * np.sqrt(block.shape[0] / largest[1]))
        thick, depth = 13.0, 0.0
    left, right = x - (thick + depth) / 2, x + (thick - depth) / 2
    top, bottom = y - (side - depth) / 2, y + (side + depth) / 2
    if depth:
        back = [(left, top), (left + depth, top - depth), (right + depth, top - depth), (right, top)]
        ax.add_patch(Polygon(back, facecolor=_shade(color, 0.75), **edge))
        face = [(right, top), (right + depth, top - depth), (right + depth, bottom - depth), (right, bottom)]
        ax.add_patch(Polygon(face, facecolor=_shade(color, 0.6), **edge))
    front = [(left, top), (right, top), (right, bottom), (left, bottom)]
    ax.add_patch(Polygon(front, facecolor=_shade(color, 0.35), **edge))
    return (thick + depth) / 2


def _draw_network(ax: Axes, blocks: Sequence[Block], title: str, top: int, slot: float, above: int) -> None:
    """One row: title, words, boxes, then output shapes and parameters below."""
    ax.text(MARGIN, top + 10, title, weight="bold", fontsize=10, va="center")
    words_end = top + 28 + above * _LINE
    middle = words_end + 16 + _TALLEST / 2 * 1.12
    below = middle + _TALLEST / 2 * 1.12 + 16
    longest = max([block.shape[0] for block in blocks if len(block.shape) == 1], default=1)
    highest = max([block.shape[1] for block in blocks if len(block.shape) == 3], default=1)
    previous = None
    for index, block in enumerate(blocks):
        x = MARGIN + (index + 0.5) * slot
        half = _draw_box(ax, block, x, middle, {1: longest, 3: highest})
        if previous is not None:
            ends = (previous + 4, middle), (x - half - 4, middle)
            ax.add_patch(FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=7, shrinkA=0, shrinkB=0, color=MUTED))
        previous = x + half
        lines = _words(block)
        for number, line in enumerate(lines):
            y = words_end - (len(lines) - 1 - number) * _LINE
            ax.text(x, y, line, ha="center", va="bottom", fontsize=_TEXT)
        shape = "×".join(str(size) for size in block.shape)
        ax.text(x, below, shape, ha="center", va="center", fontsize=7.2, color=INK)
        if block.parameters:
            ax.text(
                x,
                below + _LINE + 1,
                f"{block.parameters:,}",
                ha="center",
                va="center",
                fontsize=7,
                color=MUTED,
            )


@styled
def cifar_architectures(descriptions: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Both networks as rows of boxes scaled by the shape of what they put out.

    Parameters
    ----------
    descriptions : model (mlp or cnn) -> ``layers`` (see :func:`blocks_of`), ``parameters`` (total) and
        ``input_shape`` [C, H, W]
    """
    models = ordered(descriptions)
    rows = {model: blocks_of(descriptions[model]) for model in models}
    longest = max(len(blocks) for blocks in rows.values())
    width = max(900, 2 * MARGIN + longest * _SLOT)
    heights, above = {}, {}
    for model, blocks in rows.items():
        above[model] = max(len(_words(block)) for block in blocks)
        heights[model] = round(28 + above[model] * _LINE + 16 + _TALLEST * 1.12 + 16 + 2 * _LINE + 22)
    fig, ax = canvas(width, MARGIN + sum(heights.values()) + 18)
    top = MARGIN
    for model, blocks in rows.items():
        title = f"{LABELS[model]}: {descriptions[model]['parameters']:,} parameters"
        slot = min(_WIDEST_SLOT, (width - 2 * MARGIN) / len(blocks))
        _draw_network(ax, blocks, title, top, slot, above[model])
        top += heights[model]
    legend = "below each box: shape of its output (channels × height × width), number of its parameters"
    ax.text(width - MARGIN, top + 2, legend, ha="right", va="center", fontsize=8, color=MUTED)
    return fig
