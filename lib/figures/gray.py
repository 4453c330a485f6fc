"""Figures of section 2.8: the same comparison without colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.data.gray import to_gray
from lib.experiments.arm_results import ArmResults, read_accuracies, read_histories
from lib.figures.axes import epoch_axis, note, percent_axis, runs_note
from lib.figures.comparisons import accuracy_bars
from lib.figures.images import MARGIN, canvas, place, whole_scale
from lib.figures.style import (
    COLORS,
    ERROR_BARS,
    INK,
    LABELS,
    LINESTYLES,
    band,
    bar,
    ordered,
    panels,
    styled,
    text_width,
)


def draw(results: ArmResults, rgb: np.ndarray, class_names: Sequence[str]) -> dict[str, Figure]:
    """The study's figures by name; ``rgb`` are images (K, count, 3, H, W) of each class."""
    gray = to_gray(rgb.reshape(-1, *rgb.shape[2:])).reshape(*rgb.shape[:2], 1, *rgb.shape[3:])
    return {
        "gray_samples": gray_samples(rgb, gray, class_names),
        "gray_curves": gray_curves(read_histories(results)),
        "gray_bars": gray_bars(read_accuracies(results)),
    }


@styled
def gray_samples(rgb: np.ndarray, gray: np.ndarray, class_names: Sequence[str], *, count: int = 3) -> Figure:
    """Images in colour, each with its gray version beside it, in rows labelled by class.

    Parameters
    ----------
    rgb : (K, M, 3, H, W) uint8, M images of each of K classes
    gray : (K, M, 1, H, W) uint8, the same images without colour
    class_names : K names
    count : pairs per class, at most
    """
    if rgb.shape[:2] != gray.shape[:2] or rgb.shape[0] != len(class_names):
        raise ValueError(f"colour {rgb.shape}, gray {gray.shape} and {len(class_names)} classes do not belong together")
    pairs = min(count, rgb.shape[1])
    height, width = rgb.shape[3], rgb.shape[4]
    scale = whole_scale(width, 64)
    tile, step_y = width * scale, height * scale + 4
    pair = 2 * tile + 2 + 16
    left = MARGIN + max(text_width(name, 9.5) for name in class_names) + 10
    top = MARGIN + 20
    fig, ax = canvas(left + pairs * pair - 16 + MARGIN, top + len(class_names) * step_y - 4 + MARGIN)
    for column in range(pairs):
        for offset, color in ((0, "rgb"), (tile + 2, "gray")):
            x = left + column * pair + offset
            ax.text(x + tile / 2, top - 6, LABELS[color], ha="center", va="bottom", fontsize=9.5, weight="bold")
    for row, name in enumerate(class_names):
        y = top + row * step_y
        ax.text(left - 10, y + height * scale / 2, name, ha="right", va="center", fontsize=9.5)
        for column in range(pairs):
            x = left + column * pair
            place(ax, rgb[row, column], x, y, scale)
            place(ax, gray[row, column], x + tile + 2, y, scale)
    return fig


@styled
def gray_curves(runs: pd.DataFrame) -> Figure:
    """Validation accuracy in colour (solid) and in gray (dashed), one panel per model.

    Parameters
    ----------
    runs : columns ``model`` (mlp or cnn), ``color`` (rgb or gray), ``seed``, ``epoch``, ``val_accuracy``
        (fraction)
    """
    models, colors = ordered(runs["model"]), ordered(runs["color"])
    fig, axes = panels(len(models), titles=[LABELS[model] for model in models], height=3.7)
    for ax, model in zip(axes, models, strict=True):
        for color in colors:
            part = runs[(runs["model"] == model) & (runs["color"] == color)]
            if len(part):
                line = {
                    "label": LABELS[color],
                    "color": COLORS[model],
                    "linestyle": LINESTYLES[color],
                    "markerfacecolor": COLORS[model] if color == "rgb" else "white",
                }
                band(ax, part, x="epoch", y="val_accuracy", **line)  # type: ignore[arg-type]
        percent_axis(ax)
        ax.legend(loc="lower right")
    axes[0].set_ylabel("Validation accuracy")
    epoch_axis(*axes)
    runs_note(fig, runs, "model")
    return fig


@styled
def gray_bars(results: pd.DataFrame) -> Figure:
    """Test accuracy in colour (filled) and in gray (hatched), and what each model loses, over the seeds of both.

    Parameters
    ----------
    results : columns ``model`` (mlp or cnn), ``color`` (rgb or gray), ``seed``, ``test_accuracy`` (fraction)
    """
    accuracies = results.set_index("seed").groupby(["model", "color"])["test_accuracy"]
    arms = {m: {c: accuracies.get_group((m, c)) for c in ("rgb", "gray")} for m in ordered(results["model"])}
    titles = ("Test accuracy", "Points lost without colour")
    fig, (ax, losses) = panels(2, titles=titles, height=3.6, width_ratios=(3, 2))
    accuracy_bars(ax, {m: {LABELS[c]: runs for c, runs in pair.items()} for m, pair in arms.items()}, COLORS)
    ax.set_ylabel("Accuracy")
    _bars_of_loss(losses, {model: 100 * (pair["rgb"] - pair["gray"]).dropna() for model, pair in arms.items()})
    note(fig, ERROR_BARS)
    return fig


def _bars_of_loss(ax: Axes, lost: Mapping[str, pd.Series]) -> None:
    """Percentage points by model and seed."""
    for position, (model, runs) in enumerate(lost.items()):
        bar(ax, position, runs, shown="{:.2f}", bounds=(-100, 100), color=COLORS[model])
    ax.set_xticks(range(len(lost)), [f"{LABELS[model]}\nn = {len(runs)}" for model, runs in lost.items()])
    ax.set_xlim(-0.8, len(lost) - 0.2)
    ax.margins(y=0.12)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.tick_params(axis="x", length=0)
    ax.grid(False, axis="x")
    ax.set_ylabel("Percentage points")
