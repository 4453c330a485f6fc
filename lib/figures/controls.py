"""Figures of the experiments that train further models on CIFAR-10, each from the results of its arms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from lib.experiments.arm_results import ArmResults
from lib.figures.axes import epoch_axis, log_axis, note, percent_axis
from lib.figures.style import BLUE, COLORS, GREEN, INK, LABELS, MUTED, ORANGE, VERMILLION, band, bar, panels, styled

HATCHES = ("//", "..")
_SPREAD = "error bar, where there are several runs: one standard deviation"
_BAND = "line: mean, band: minimum to maximum over runs, where there are several"


def _bars(ax: Axes, groups: Mapping[str, Mapping[str, pd.Series]], colors: Mapping[str, str]) -> None:
    """Accuracies by group and bar; the first bar of a group is filled, the next ones are hatched."""
    ticks, labels = [], []
    for place, (group, values) in enumerate(groups.items()):
        for offset, (name, runs) in enumerate(values.items()):
            position = place * (len(values) + 0.6) + offset
            filled = {"color": colors[group]}
            hatched = {"facecolor": to_rgba(colors[group], 0.18), "edgecolor": colors[group]}
            patch = filled if offset == 0 else {**hatched, "hatch": HATCHES[offset - 1]}
            bar(ax, position, runs, width=0.86, **patch)
            ticks.append(position)
            labels.append(f"{LABELS.get(group, group)}\n{name}\nn = {len(runs)}")
    ax.set_xticks(ticks, labels)
    ax.tick_params(axis="x", length=0)
    ax.grid(False, axis="x")
    ax.set(ylim=(0, 1.05), yticks=np.arange(0, 1.01, 0.2))
    percent_axis(ax)
    ax.set_ylim(0, 1.08)


def _lines(ax: Axes, results: ArmResults, column: str, arms: Mapping[str, tuple[str, str, str]]) -> None:
    """One line per arm of a history's column; values of ``arms`` are label, colour and line style."""
    for arm, (label, color, linestyle) in arms.items():
        table = results.table("history.csv", arm)
        band(ax, table, x="epoch", y=column, label=label, color=color, linestyle=linestyle)
    epoch_axis(ax)


@styled
def ceiling_curves(results: ArmResults) -> Figure:
    """Training and validation accuracy of the MLP of section 2.7 and of a wider one."""
    arms = {"mlp-rgb": ("MLP", COLORS["mlp"], "-"), "wide_mlp": ("Wider MLP", ORANGE, "-")}
    fig, axes = panels(2, titles=["Training", "Validation"], height=3.5, sharey=True)
    for ax, column in zip(axes, ("train_accuracy", "val_accuracy"), strict=True):
        _lines(ax, results, column, arms)
    percent_axis(axes[0])
    axes[0].set_ylabel("Accuracy")
    axes[1].legend(loc="lower right")
    note(fig, _BAND)
    return fig


@styled
def rate_drops(results: ArmResults) -> Figure:
    """Validation accuracy and learning rate by epoch under a multi-step schedule."""
    fig, (top, bottom) = panels(2, titles=["Validation accuracy", "Learning rate"], columns=1, height=4.6, sharex=True)
    _lines(top, results, "val_accuracy", {"stepped_cnn": ("CNN", COLORS["cnn"], "-")})
    top.set_xlabel("")
    table = results.table("history.csv", "stepped_cnn")
    first = table[table["seed"] == table["seed"].min()]
    for epoch in first["epoch"][first["learning_rate"].diff() < 0]:
        top.axvline(epoch - 0.5, color=MUTED, linewidth=0.9, linestyle=":")
    percent_axis(top)
    bottom.step(first["epoch"], first["learning_rate"], where="mid", color=INK)
    log_axis(bottom, "y")
    epoch_axis(bottom)
    note(fig, "dotted: the rate drops before the next epoch")
    return fig


@styled
def conv_init_curves(results: ArmResults) -> Figure:
    """Validation accuracy by epoch for both initialisations, with and without batch norm."""
    fig, axes = panels(2, titles=["With batch norm", "Without batch norm"], height=3.5, sharey=True)
    for ax, he, normal in zip(axes, ("stepped_cnn", "plain_he_cnn"), ("normal_cnn", "plain_normal_cnn"), strict=True):
        _lines(ax, results, "val_accuracy", {he: ("He", BLUE, "-"), normal: ("N(0, 0.01²)", VERMILLION, "--")})
    percent_axis(axes[0])
    axes[0].set_ylabel("Validation accuracy")
    axes[0].legend(loc="lower right")
    note(fig, _BAND)
    return fig


@styled
def augmented_validation_bars(results: ArmResults) -> Figure:
    """Accuracy of the same checkpoints on clean and augmented validation images and on the test images."""
    groups = {}
    for model in ("mlp", "cnn"):
        arm, clean, augmented = f"{model}-rgb", {}, {}
        for seed in results.seeds(arm, "augmented.npz"):
            found, kept = results.read(arm, "augmented.npz", seed), results.read(arm, "validation.npz", seed)
            augmented[seed] = float((found["predicted"] == found["labels"]).mean())
            clean[seed] = float((np.asarray(kept["scores"]).argmax(axis=1) == kept["labels"]).mean())
        groups[model] = {
            "validation": pd.Series(clean),
            "augmented": pd.Series(augmented),
            "test": results.accuracies(arm),
        }
    fig, (ax,) = panels(1, width=7.2, height=3.6)
    _bars(ax, groups, COLORS)
    ax.set_ylabel("Accuracy")
    note(fig, _SPREAD)
    return fig


@styled
def gray3_bars(results: ArmResults) -> Figure:
    """Test accuracy of the MLP on colour, on one gray channel and on three equal ones."""
    arms = {"colour": "mlp-rgb", "gray, one channel": "mlp-gray", "gray, three channels": "gray3_mlp"}
    fig, (ax,) = panels(1, width=6.0, height=3.6)
    _bars(ax, {"mlp": {name: results.accuracies(arm) for name, arm in arms.items()}}, COLORS)
    ax.set_ylabel("Test accuracy")
    note(fig, _SPREAD)
    return fig


@styled
def shuffled_bars(results: ArmResults) -> Figure:
    """Test accuracy with the pixels in order and shuffled alike in all images, by model."""
    pairs = {"mlp": ("mlp-rgb", "shuffled_mlp"), "cnn": ("short_cnn", "shuffled_cnn")}
    groups = {
        model: {"in order": results.accuracies(ordered), "shuffled": results.accuracies(shuffled)}
        for model, (ordered, shuffled) in pairs.items()
    }
    fig, (ax,) = panels(1, width=6.0, height=3.6)
    _bars(ax, groups, COLORS)
    ax.set_ylabel("Test accuracy")
    note(fig, _SPREAD)
    return fig


@styled
def shifted_curves(results: ArmResults) -> Figure:
    """Test accuracy against the shift, one panel for training with crops and one without."""
    titles = ["Trained with random crops", "Trained without crops"]
    fig, axes = panels(2, titles=titles, height=3.6, sharey=True)
    for ax, arms in zip(axes, (("mlp-rgb", "short_cnn"), ("uncropped_mlp", "uncropped_cnn")), strict=True):
        for model, arm in zip(("mlp", "cnn"), arms, strict=True):
            rows = [
                {"seed": seed, "shift": shift, "accuracy": accuracy}
                for seed in results.seeds(arm, "shifts.npz")
                for shift, accuracy in enumerate(results.right_shifted(arm, seed).mean(axis=1))
            ]
            band(ax, pd.DataFrame(rows), x="shift", y="accuracy", label=LABELS[model], color=COLORS[model])
        epoch_axis(ax, label="Shift (pixels)")
    percent_axis(axes[0])
    axes[0].set_ylabel("Test accuracy")
    axes[0].legend(loc="best")
    note(fig, "mean over four directions; " + _BAND)
    return fig


@styled
def filter_controls(results: ArmResults) -> Figure:
    """Firing rate and weight norm of every first-layer filter by epoch, under three settings of the first seed."""
    arms = {"stepped_cnn": "The original's", "slow_cnn": "A tenth of the rate", "no_decay_cnn": "No weight decay"}
    fig, axes = panels(6, columns=3, height=5.2, sharex=True, sharey="row")
    for column, (arm, title) in enumerate(arms.items()):
        seed = results.seeds(arm, "filters.csv")[0]
        table = results.read(arm, "filters.csv", seed)
        axes[column].set_title(title, loc="left")
        for row, name in enumerate(("firing_rate", "weight_norm")):
            ax = axes[3 * row + column]
            for _, own in table.groupby("filter"):
                ax.plot(own["epoch"], own[name], color=GREEN, alpha=0.35, linewidth=0.9)
    percent_axis(axes[0])
    epoch_axis(*axes[3:])
    axes[0].set_ylabel("Firing rate")
    axes[3].set_ylabel("Weight norm")
    note(fig, "one line for each filter of the first layer; first seed")
    return fig


FIGURES: Mapping[str, Callable[[ArmResults], Figure]] = {
    "ceiling_curves": ceiling_curves,
    "rate_drops": rate_drops,
    "conv_init_curves": conv_init_curves,
    "augmented_validation_bars": augmented_validation_bars,
    "gray3_bars": gray3_bars,
    "shuffled_bars": shuffled_bars,
    "shifted_curves": shifted_curves,
    "filter_controls": filter_controls,
}
