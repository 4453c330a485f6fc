"""Figure of section 2.6: batch norm by the statistics of its test batches."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from lib.figures.axes import percent_axis, runs_note
from lib.figures.style import BLUE, ORANGE, panels, styled


def draw(accuracies: pd.DataFrame) -> dict[str, Figure]:
    """The study's figures by name."""
    return {"batch_statistics": batch_statistics(accuracies)}


@styled
def batch_statistics(accuracies: pd.DataFrame) -> Figure:
    """Test accuracy against the size of the test batches; dashed where batch norm has its running statistics.

    Parameters
    ----------
    accuracies : columns ``normalization``, ``seed``, ``statistics`` (running or batch), ``batch_size``, ``accuracy``
    """
    fig, (ax,) = panels(1, width=6.6, height=3.6)
    lines = {"batchnorm": ("Batch norm, statistics of the batch", BLUE, "o"), "layernorm": ("Layer norm", ORANGE, "s")}
    for name, (label, color, marker) in lines.items():
        own = accuracies[accuracies["normalization"] == name]
        means = own[own["statistics"] == "batch"].groupby("batch_size")["accuracy"].agg(["mean", "min", "max"])
        ax.plot(means.index, means["mean"], color=color, marker=marker, label=label)
        ax.fill_between(means.index.to_numpy(), means["min"], means["max"], color=color, alpha=0.16, linewidth=0)
        if name == "batchnorm":
            usual = own.loc[own["statistics"] == "running", "accuracy"].mean()
            ax.axhline(usual, color=color, linestyle="--", linewidth=1.2, label="Batch norm, running statistics")
    ax.set_xscale("log", base=2)
    sizes = sorted(accuracies.loc[accuracies["statistics"] == "batch", "batch_size"].unique())
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.minorticks_off()
    ax.set(xlabel="Images in a test batch", ylabel="Test accuracy", ylim=(0, 1.02))
    percent_axis(ax)
    ax.legend(loc="lower right")
    runs_note(fig, accuracies)
    return fig
