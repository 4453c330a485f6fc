"""Figures of section 2.5: how the update rules train the same network."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from lib.figures.axes import epoch_axis, legend_above, loss_axis, percent_axis, runs_note
from lib.figures.style import COLORS, LABELS, LINESTYLES, band, ordered, panels, styled


def draw(losses: pd.DataFrame, epochs: pd.DataFrame) -> dict[str, Figure]:
    """The study's figures by name."""
    return {"optimizer_curves": optimizer_curves(losses, epochs)}


@styled
def optimizer_curves(loss: pd.DataFrame, epochs: pd.DataFrame) -> Figure:
    """Loss per iteration and accuracies per epoch; band = minimum to maximum over seeds.

    Parameters
    ----------
    loss : columns ``optimizer``, ``seed``, ``iteration``, ``loss``
    epochs : columns ``optimizer``, ``seed``, ``epoch``, ``train_accuracy``, ``val_accuracy`` (fractions)
    """
    fig, axes = panels(3, titles=("Training loss", "Training accuracy", "Validation accuracy"), height=3.5)
    sources = (
        (loss, "iteration", "loss"),
        (epochs, "epoch", "train_accuracy"),
        (epochs, "epoch", "val_accuracy"),
    )
    for ax, (data, x, y) in zip(axes, sources, strict=True):
        for name in ordered(data["optimizer"]):
            part = data[data["optimizer"] == name]
            linestyle = LINESTYLES.get(name, "-")
            width = 1.1 if x == "iteration" else 1.6
            band(
                ax,
                part,
                x=x,
                y=y,
                label=LABELS[name],
                color=COLORS[name],
                linestyle=linestyle,
                linewidth=width,
            )
    loss_axis(axes[0])
    for ax in axes[1:]:
        ax.set_ylabel("Accuracy")
        percent_axis(ax)
    epoch_axis(axes[0], label="Iteration")
    epoch_axis(*axes[1:])
    legend_above(fig, axes[0])
    runs_note(fig, epochs, "optimizer")
    return fig
