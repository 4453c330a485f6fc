"""Figure of section 2.6: Adam as the original printed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.figures.axes import epoch_axis, legend_above, percent_axis, runs_note
from lib.figures.style import COLORS, LABELS, LINESTYLES, band, ordered, panels, styled


def draw(lengths: Mapping[str, np.ndarray], histories: pd.DataFrame) -> dict[str, Figure]:
    """The study's figures by name."""
    return {"printed_adam": printed_adam(lengths, histories)}


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
