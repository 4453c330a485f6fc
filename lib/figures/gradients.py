"""Figure of section 2.3: how far numerical and analytic gradient differ, by step size."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.figures.axes import legend_above, log_axis, runs_note
from lib.figures.style import band, panels, styled

_COLUMNS = {"absolute_error": "absolute error", "relative_error": "relative error"}
_ROWS = {"weights": "Weights", "biases": "Biases"}


def draw(steps: pd.DataFrame) -> dict[str, Figure]:
    """The study's figures by name."""
    return {"gradient_steps": gradient_steps(steps)}


@styled
def gradient_steps(steps: pd.DataFrame) -> Figure:
    """Largest error against step size h, one colour per strength of regularisation; both axes logarithmic.

    Parameters
    ----------
    steps : columns ``seed``, ``regularisation``, ``step`` (h), ``group`` (weights or biases),
        ``absolute_error``, ``relative_error``; errors of zero have no place on logarithmic axes and are
        left out
    """
    titles = [f"{row}: {column}" for row in _ROWS.values() for column in _COLUMNS.values()]
    fig, axes = panels(4, titles=titles, columns=2, height=6.2, sharex=True)
    strengths = sorted(steps["regularisation"].unique())
    colors = matplotlib.colormaps["viridis"](np.linspace(0, 0.88, len(strengths)))
    for index, ax in enumerate(axes):
        group, error = list(_ROWS)[index // 2], list(_COLUMNS)[index % 2]
        for strength, color in zip(strengths, colors, strict=True):
            part = steps[(steps["group"] == group) & (steps["regularisation"] == strength)]
            if len(part):
                part = part.assign(**{error: part[error].where(part[error] > 0)})
                label = f"λ = {strength:g}"
                band(
                    ax,
                    part,
                    x="step",
                    y=error,
                    label=label,
                    color=color,
                    statistic="median",
                    spread=(0.25, 0.75),
                    count_diverged=False,
                )
        ax.set_ylabel(_COLUMNS[error].capitalize())
        log_axis(ax, "x")
        log_axis(ax, "y", ticks=8)
        if index // 2 == 1:
            ax.set_xlabel("Step h of the centred difference")
    legend_above(fig, axes[0])
    runs_note(fig, steps, drawn="line: median, band: quartiles")
    return fig
