"""Figures of section 2.7: MLP against CNN on CIFAR-10."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.experiments.arm_results import ArmResults, read_accuracies, read_class_accuracies, read_histories
from lib.figures.architecture import cifar_architectures
from lib.figures.axes import (
    accuracy_bars_axis,
    epoch_axis,
    legend_above,
    log_axis,
    loss_axis,
    note,
    percent_axis,
    runs_note,
)
from lib.figures.confusion import Predictions, confusion_counts, draw_confusion, share_bar
from lib.figures.filters import cifar_feature_maps, cifar_filters
from lib.figures.style import COLORS, ERROR_BARS, INK, LABELS, band, bar, interval_of, ordered, panels, styled

_CURVES = {
    "train_loss": "Training loss",
    "train_accuracy": "Training accuracy",
    "val_accuracy": "Validation accuracy",
    "learning_rate": "Learning rate",
}


def draw(
    results: ArmResults,
    architectures: Mapping[str, Mapping[str, Any]],
    filters: Mapping[str, np.ndarray],
    class_names: Sequence[str],
) -> dict[str, Figure]:
    """The study's figures by name.

    Parameters
    ----------
    results : histories, trainings and tests of the arms ``MODEL-rgb``
    architectures : descriptions of both models
    filters : ``filters``, their ``kinds`` and ``maps``, and the ``image`` and ``label`` that these belong to
    """
    tests = {arm.removesuffix("-rgb"): list(results.by_seed(arm, "test.npz").values()) for arm in results.arms}
    image_class, kinds = class_names[int(filters["label"][0])], [str(kind) for kind in filters["kinds"]]
    return {
        "cifar_architectures": cifar_architectures(architectures),
        "cifar_curves": cifar_curves(read_histories(results)),
        "cifar_bars": cifar_bars(read_accuracies(results)),
        "cifar_per_class": cifar_per_class(read_class_accuracies(results, class_names)),
        "cifar_confusion": cifar_confusion(tests, class_names),
        "cifar_filters": cifar_filters(filters["filters"], kinds),
        "cifar_feature_maps": cifar_feature_maps(filters["image"], filters["maps"], kinds, class_name=image_class),
    }


@styled
def cifar_curves(runs: pd.DataFrame) -> Figure:
    """Training loss, training and validation accuracy and learning rate of both models.

    Parameters
    ----------
    runs : columns ``model`` (mlp or cnn), ``seed``, ``epoch``, ``learning_rate``, ``train_loss``,
        ``train_accuracy``, ``val_accuracy`` (fractions)
    """
    fig, axes = panels(4, titles=list(_CURVES.values()), columns=2, height=6.0)
    for ax, column in zip(axes, _CURVES, strict=True):
        for model in ordered(runs["model"]):
            part = runs[runs["model"] == model]
            band(ax, part, x="epoch", y=column, label=LABELS[model], color=COLORS[model])
    loss, *accuracies, rate = axes
    loss_axis(loss)
    for ax in accuracies:
        ax.set_ylabel("Accuracy")
        percent_axis(ax)
    _rate_axis(rate, runs)
    epoch_axis(*axes)
    legend_above(fig, axes[0])
    runs_note(fig, runs, "model")
    return fig


def _rate_axis(ax: Axes, runs: pd.DataFrame) -> None:
    """Logarithmic for schedules that fall in steps, linear for those that run down to zero."""
    ax.set_ylabel("Learning rate")
    rates = runs["learning_rate"]
    stepwise = all(len(part["learning_rate"].unique()) <= 5 for _, part in runs.groupby("model"))
    if stepwise and rates.min() > 0 and rates.max() > 10 * rates.min():
        log_axis(ax, "y")
    else:
        ax.set_ylim(bottom=0)


@styled
def cifar_bars(results: pd.DataFrame) -> Figure:
    """Validation and test accuracy of both models; error bars where there are several runs.

    Parameters
    ----------
    results : columns ``model`` (mlp or cnn), ``seed``, ``validation_accuracy``, ``test_accuracy`` (fractions)
    """
    models = ordered(results["model"])
    splits = {"validation_accuracy": "Validation", "test_accuracy": "Test"}
    fig, (ax,) = panels(1, width=6.6, height=3.6)
    for index, model in enumerate(models):
        part = results[results["model"] == model]
        for group, column in enumerate(splits):
            label = f"{LABELS[model]} (n = {len(part)})" if group == 0 else "_"
            position = group * (len(models) + 0.6) + index
            bar(ax, position, part[column], width=0.86, color=COLORS[model], label=label)
    ax.set_xticks([group * (len(models) + 0.6) + (len(models) - 1) / 2 for group in range(2)], list(splits.values()))
    ax.set_ylabel("Accuracy")
    accuracy_bars_axis(ax)
    legend_above(fig, ax)
    note(fig, ERROR_BARS)
    return fig


@styled
def cifar_per_class(results: pd.DataFrame) -> Figure:
    """Test accuracy by class, mean over seeds, one bar per model, with the 95% interval of the mean.

    Parameters
    ----------
    results : columns ``model`` (mlp or cnn), ``seed``, ``class_name``, ``accuracy`` (fraction); classes are
        drawn in the order in which they first appear
    """
    models, classes = ordered(results["model"]), list(dict.fromkeys(results["class_name"]))
    fig, (ax,) = panels(1, height=1.2 + 0.24 * len(classes) * len(models))
    height = 0.8 / len(models)
    for index, model in enumerate(models):
        runs = results[results["model"] == model].pivot(index="class_name", columns="seed", values="accuracy")
        runs = runs.reindex(classes)
        y = np.arange(len(classes)) + (index - (len(models) - 1) / 2) * height
        count = runs.shape[1]
        mean, low, high = np.array([interval_of(row) for row in runs.to_numpy()]).T
        ax.barh(y, mean, height * 0.92, color=COLORS[model], label=f"{LABELS[model]} (n = {count})")
        if count > 1:
            ax.hlines(y, low, high, color=INK, linewidth=1)
        for position, value, end in zip(y, mean, high, strict=True):
            text = f"{value:.1%}" if np.isfinite(value) else "no result"
            start = (end if np.isfinite(end) else 0.0, position)
            ax.annotate(text, start, (4, 0), textcoords="offset points", va="center", fontsize=8)
    ax.set_yticks(range(len(classes)), classes)
    ax.tick_params(axis="y", length=0)
    ax.grid(False, axis="y")
    ax.set(ylim=(len(classes) - 0.5, -0.5), xlabel="Test accuracy", xticks=np.arange(0, 1.01, 0.2))
    percent_axis(ax, "x")
    ax.set_xlim(0, 1.08)
    legend_above(fig, ax)
    if results.groupby("model")["seed"].nunique().max() > 1:
        note(fig, ERROR_BARS)
    return fig


@styled
def cifar_confusion(runs: Mapping[str, Sequence[Predictions]], class_names: Sequence[str]) -> Figure:
    """Confusion matrices of the test images, one panel per model; counts are means over the runs.

    Parameters
    ----------
    runs : model (mlp or cnn) -> one mapping per seed: ``scores`` (N, K), ``labels`` (N,)
    class_names : K names
    """
    models = ordered(runs)
    titles = [f"{LABELS[model]} (n = {len(runs[model])})" for model in models]
    fig, axes = panels(len(models), titles=titles, height=4.8, sharey=True)
    for ax, model in zip(axes, models, strict=True):
        mesh = draw_confusion(ax, confusion_counts(runs[model], len(class_names)), class_names, fontsize=7.5)
    for ax in axes[1:]:
        ax.set_ylabel("")
    share_bar(fig, mesh, axes)
    note(fig, "numbers: test images (mean of the runs)")
    return fig
