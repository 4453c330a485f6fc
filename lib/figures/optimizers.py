"""Figures of section 2.5: how the update rules train the same network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.figures.axes import epoch_axis, legend_above, log_axis, loss_axis, note, percent_axis, runs_note
from lib.figures.style import COLORS, LABELS, LINESTYLES, band, bar, ordered, panels, styled


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


@styled
def search_rates(trials: pd.DataFrame, chosen: Mapping[str, float], epochs: pd.DataFrame) -> Figure:
    """Validation accuracy against the learning rate, and on fresh seeds at the rate that each search chose.

    Parameters
    ----------
    trials : columns ``optimizer``, ``seed``, ``learning_rate``, ``val_accuracy`` (fraction): the search
    chosen : learning rate by optimizer
    epochs : columns ``optimizer``, ``seed``, ``epoch``, ``val_accuracy``: the ranking
    """
    fig, (left, right) = panels(2, titles=("Search", "Fresh seeds, at the chosen rates"), height=3.6)
    for name in ordered(trials["optimizer"]):
        own = trials[trials["optimizer"] == name]
        band(left, own, x="learning_rate", y="val_accuracy", label=LABELS[name], color=COLORS[name])
        best = own.loc[own["learning_rate"] == chosen[name], "val_accuracy"].mean()
        left.plot(chosen[name], best, marker="o", color=COLORS[name], markeredgecolor="white", markersize=8)
    log_axis(left, "x")
    left.set(xlabel="Learning rate", ylabel="Final validation accuracy")
    percent_axis(left)
    last = epochs[epochs["epoch"] == epochs["epoch"].max()]
    names = ordered(last["optimizer"])
    for place, name in enumerate(names):
        bar(right, place, last.loc[last["optimizer"] == name, "val_accuracy"], color=COLORS[name])
    right.set_xticks(range(len(names)), [LABELS[name].replace(" + ", "\n+ ") for name in names])
    right.tick_params(axis="x", length=0)
    right.grid(False, axis="x")
    right.margins(y=0.15)
    right.set_ylabel("Final validation accuracy")
    percent_axis(right)
    legend_above(fig, left)
    note(fig, "left: mean and range over the seeds of the search, dot: chosen; right: mean and standard deviation")
    return fig


@styled
def printed_adam(lengths: Mapping[str, np.ndarray], histories: pd.DataFrame) -> Figure:
    """Steps under a constant gradient, and validation accuracy on MNIST, of Adam and of its printed order.

    Parameters
    ----------
    lengths : by update rule, step lengths (T,) in learning rates
    histories : columns ``optimizer``, ``seed``, ``epoch``, ``val_accuracy`` (fraction)
    """
    fig, (left, right) = panels(2, titles=("Constant gradient", "MNIST"), height=3.5)
    for name in ordered(lengths):
        style: dict[str, Any] = {"color": COLORS[name], "linestyle": LINESTYLES.get(name, "-"), "label": LABELS[name]}
        left.plot(np.arange(1, len(lengths[name]) + 1), lengths[name], **style)
        trained = histories[(histories["optimizer"] == name) & (histories["epoch"] > 0)]
        band(right, trained, x="epoch", y="val_accuracy", **style)
    left.set_xscale("log")
    left.set(xlabel="Step", ylabel="Length of the step (learning rates)", ylim=(-0.05, 1.15))
    right.set_ylabel("Validation accuracy")
    percent_axis(right)
    epoch_axis(right)
    legend_above(fig, left)
    runs_note(fig, histories, "optimizer")
    return fig
