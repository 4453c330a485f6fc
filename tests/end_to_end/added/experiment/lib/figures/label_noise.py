"""Figure of section 2.9: how fast true and drawn labels are learned."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.figures.axes import epoch_axis, percent_axis, runs_note
from lib.figures.style import band, panels, styled


@styled
def label_noise(runs: pd.DataFrame) -> Figure:
    """Training accuracy by epoch, a line for each share; columns ``seed``, ``share``, ``epoch``, ``train_accuracy``."""
    fig, (ax,) = panels(1, width=6.0, height=3.6)
    shares = sorted(runs["share"].unique())
    for share, color in zip(shares, matplotlib.colormaps["viridis"](np.linspace(0, 0.88, len(shares))), strict=True):
        part = runs[runs["share"] == share]
        band(ax, part, x="epoch", y="train_accuracy", label=f"{share:.0%} drawn", color=color)
    ax.set_ylabel("Training accuracy")
    percent_axis(ax)
    epoch_axis(ax)
    ax.legend(loc="lower right")
    runs_note(fig, runs)
    return fig
