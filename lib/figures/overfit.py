"""Figures of section 2.4: three layers against five."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from lib.figures.axes import epoch_axis, legend_above, log_axis, loss_axis, note, percent_axis, runs_note
from lib.figures.style import BLACK, COLORS, LABELS, MUTED, VERMILLION, band, ordered, panels, styled


def draw(
    histories: pd.DataFrame, grids: pd.DataFrame, norms: pd.DataFrame, networks: Mapping[str, Mapping[str, float]]
) -> dict[str, Figure]:
    """The study's figures by name; ``networks`` have the weight scale and the learning rate of each."""
    marks = {name: (own["weight_scale"], own["learning_rate"]) for name, own in networks.items()}
    scales = {name: scale for name, (scale, _) in marks.items()}
    return {
        "overfit_curves": overfit_curves(histories),
        "overfit_grid": overfit_grid(grids, marks),
        "overfit_gradient_norms": overfit_gradient_norms(norms, scales),
    }


@styled
def overfit_curves(runs: pd.DataFrame) -> Figure:
    """Training loss, training and validation accuracy of both networks, band = minimum to maximum over seeds.

    Parameters
    ----------
    runs : columns ``network`` (three or five), ``seed``, ``epoch``, ``loss``, ``train_accuracy``,
        ``val_accuracy`` (fractions)
    """
    fig, axes = panels(3, titles=("Training loss", "Training accuracy", "Validation accuracy"), height=3.4, sharex=True)
    for ax, column in zip(axes, ("loss", "train_accuracy", "val_accuracy"), strict=True):
        for name in ordered(runs["network"]):
            part = runs[runs["network"] == name]
            band(ax, part, x="epoch", y=column, label=LABELS[name], color=COLORS[name])
    loss_axis(axes[0])
    for ax in axes[1:]:
        ax.set_ylabel("Accuracy")
        percent_axis(ax)
    epoch_axis(*axes)
    legend_above(fig, axes[0])
    runs_note(fig, runs, "network")
    return fig


def _cell_edges(centres: np.ndarray) -> np.ndarray:
    """Borders of cells around ``centres`` (ascending, > 0), halfway between them on a logarithmic axis."""
    logs = np.log(centres)
    if len(logs) == 1:
        return centres[0] * np.array([0.5, 2.0])
    middle = (logs[1:] + logs[:-1]) / 2
    return np.exp(np.concatenate([[2 * logs[0] - middle[0]], middle, [2 * logs[-1] - middle[-1]]]))


def _outline(ax: Axes, x: np.ndarray, y: np.ndarray, inside: np.ndarray) -> None:
    """Draw the border of the cells that are ``inside`` (rows along y); ``x`` and ``y`` are cell edges."""
    padded = np.pad(inside, 1)
    sides_x, sides_y = padded[1:-1, 1:] != padded[1:-1, :-1], padded[1:, 1:-1] != padded[:-1, 1:-1]
    segments = [[(x[j], y[i]), (x[j], y[i + 1])] for i, j in np.argwhere(sides_x)]
    segments += [[(x[j], y[i]), (x[j + 1], y[i])] for i, j in np.argwhere(sides_y)]
    ax.add_collection(LineCollection(segments, colors=VERMILLION, linewidths=2, capstyle="round", zorder=3))


@styled
def overfit_grid(grid: pd.DataFrame, settings: Mapping[str, tuple[float, float]] | None = None) -> Figure:
    """Heat map of the final training accuracy over weight scale and learning rate, one panel per depth.

    The outline holds the cells where every run reached 100%.

    Parameters
    ----------
    grid : columns ``network``, ``seed``, ``weight_scale``, ``learning_rate``, ``train_accuracy`` (final;
        averaged over seeds, NaN counts as missing)
    settings : the report's own (weight scale, learning rate) of each network, marked by a cross
    """
    names = ordered(grid["network"])
    fig, axes = panels(len(names), titles=[LABELS[name] for name in names], height=4.2, sharey=True)
    mesh = None
    for ax, name in zip(axes, names, strict=True):
        part = grid[grid["network"] == name]
        table = part.pivot_table(
            index="learning_rate",
            columns="weight_scale",
            values="train_accuracy",
            aggfunc="mean",
            dropna=False,
        )
        x, y = _cell_edges(table.columns.to_numpy(float)), _cell_edges(table.index.to_numpy(float))
        values = table.to_numpy(float)
        ax.set_facecolor("#bbbbbb")  # shows where a measurement is missing
        mesh = ax.pcolormesh(x, y, np.ma.masked_invalid(values), cmap="cividis", vmin=0, vmax=1)
        mesh.set(edgecolor="face", linewidth=0.2)  # hides the seams that viewers draw between vector cells
        _outline(ax, x, y, np.nan_to_num(values) >= 1 - 1e-9)
        if settings and name in settings:
            ax.plot(
                *settings[name],
                "X",
                color="white",
                markeredgecolor=BLACK,
                markersize=11,
                zorder=4,
                clip_on=False,
            )
        ax.set(xlabel="Weight scale", xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
        log_axis(ax, "x")
        log_axis(ax, "y")
        ax.grid(False)
    axes[0].set_ylabel("Learning rate")
    if mesh is not None:
        colorbar = fig.colorbar(mesh, ax=axes, label="Final training accuracy", pad=0.02, aspect=30)
        colorbar.ax.yaxis.set_major_formatter(PercentFormatter(1))
        colorbar.outline.set_visible(False)  # type: ignore[operator]
    handles = [Line2D([], [], color=VERMILLION, linewidth=2, label="100% in every run")]
    if settings:
        cross = Line2D([], [], marker="X", color="white", markeredgecolor=BLACK, markersize=9, linestyle="none")
        cross.set_label("setting of the curves")
        handles.append(cross)
    fig.legend(handles=handles, loc="outside upper center", ncols=2)
    count = grid["seed"].nunique()
    note(fig, "one run" if count == 1 else f"mean over {count} runs")
    return fig


@styled
def overfit_gradient_norms(norms: pd.DataFrame, settings: Mapping[str, float] | None = None) -> Figure:
    """Norm of each layer's weight gradient at initialisation against weight scale, one panel per depth.

    Parameters
    ----------
    norms : columns ``network``, ``seed``, ``weight_scale``, ``layer`` (1 is nearest to the input),
        ``gradient_norm``; norms of zero (vanished in float64) are left out
    settings : the report's own weight scale of each network, marked by a vertical line
    """
    names = ordered(norms["network"])
    fig, axes = panels(len(names), titles=[LABELS[name] for name in names], height=3.8, sharex=True, sharey=True)
    layers = sorted(norms["layer"].unique())
    colors = matplotlib.colormaps["viridis"](np.linspace(0, 0.9, len(layers)))
    norms = norms.assign(gradient_norm=norms["gradient_norm"].where(norms["gradient_norm"] > 0))
    for ax, name in zip(axes, names, strict=True):
        if settings and name in settings:
            ax.axvline(settings[name], color=MUTED, linewidth=1, linestyle=":")
            place = ax.get_xaxis_transform()
            look: dict[str, Any] = {"xycoords": place, "textcoords": "offset points", "fontsize": 8, "color": MUTED}
            ax.annotate(f"{settings[name]:g}", (settings[name], 0.02), (3, 0), va="bottom", ha="left", **look)
        for layer, color in zip(layers, colors, strict=True):
            part = norms[(norms["network"] == name) & (norms["layer"] == layer)]
            if len(part):
                label = f"layer {layer}"
                band(
                    ax,
                    part,
                    x="weight_scale",
                    y="gradient_norm",
                    label=label,
                    color=color,
                    statistic="median",
                    count_diverged=False,
                )
        ax.set_xlabel("Weight scale")
        log_axis(ax, "x")
        log_axis(ax, "y", ticks=9)
    axes[0].set_ylabel("Gradient norm of the weights")
    deepest = max(axes, key=lambda ax: len(ax.get_legend_handles_labels()[0]))
    legend_above(fig, deepest)
    dotted = "dotted: weight scale of the curves; " if settings else ""
    runs_note(fig, norms, "network", drawn="line: median, band: minimum to maximum", before=dotted)
    return fig
