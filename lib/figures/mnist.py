"""Figures of section 2.6: the MLP on MNIST."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.figures.axes import epoch_axis, legend_above, log_axis, loss_axis, note, percent_axis, runs_note
from lib.figures.confusion import Predictions, confusion_counts, draw_confusion, share_bar
from lib.figures.images import MARGIN, canvas, place, whole_scale
from lib.figures.style import BLUE, COLORS, MUTED, VERMILLION, band, panels, styled

_HYPERPARAMETERS = {
    "learning_rate": ("Learning rate", "log"),
    "weight_scale": ("Weight scale", "log"),
    "regularisation": ("Regularisation strength", "log"),
    "keep_ratio": ("Keep ratio of dropout", "linear"),
}


def draw(
    trials: pd.DataFrame, histories: pd.DataFrame, predictions: Sequence[Predictions], class_names: Sequence[str]
) -> dict[str, Figure]:
    """The study's figures by name."""
    return {
        "mnist_search": mnist_search(trials),
        "mnist_curves": mnist_curves(histories),
        "mnist_confusion": mnist_confusion(predictions, class_names),
        "mnist_errors": mnist_errors(predictions[0], class_names),
    }


@styled
def mnist_search(trials: pd.DataFrame) -> Figure:
    """Validation accuracy of every trial against each hyper-parameter, the chosen trial marked.

    Parameters
    ----------
    trials : columns ``learning_rate``, ``weight_scale``, ``regularisation``, ``keep_ratio``, ``val_accuracy``
        (fraction; NaN where a trial diverged: left out), and ``full_val_accuracy`` of the trials that were
        trained in full, the best of which was chosen; without it the best trial was
    """
    count = len(trials)
    trials = trials[np.isfinite(trials["val_accuracy"])]
    full = trials.get("full_val_accuracy", trials["val_accuracy"] * np.nan)
    decided_by = full if full.notna().any() else trials["val_accuracy"]
    fig, axes = panels(4, height=3.1, sharey=True)
    for ax, (column, (label, scale)) in zip(axes, _HYPERPARAMETERS.items(), strict=True):
        ax.plot(trials[column], trials["val_accuracy"], "o", color=BLUE, alpha=0.75, label="trial")
        if len(trials):
            best = trials.iloc[int(np.nanargmax(decided_by))]
            label_best = f"chosen trial, {best['val_accuracy']:.2%}"
            (star,) = ax.plot(best[column], best["val_accuracy"], "*", color=VERMILLION, label=label_best)
            star.set(markersize=13, markeredgecolor="white", markeredgewidth=0.6, zorder=3, clip_on=False)
        ax.set_xlabel(label)
        if scale == "log":
            log_axis(ax, "x")
    axes[0].set_ylabel("Validation accuracy")
    percent_axis(axes[0])
    legend_above(fig, axes[0])
    diverged = f", {count - len(trials)} diverged" if count > len(trials) else ""
    note(fig, f"{count} trial{'s' if count > 1 else ''}{diverged}")
    return fig


@styled
def mnist_curves(runs: pd.DataFrame) -> Figure:
    """Training loss, and training beside validation accuracy, band = minimum to maximum over seeds.

    Parameters
    ----------
    runs : columns ``seed``, ``epoch``, ``loss``, ``train_accuracy``, ``val_accuracy`` (fractions)
    """
    fig, (loss, accuracy) = panels(2, titles=("Training loss", "Accuracy"), height=3.5)
    band(loss, runs, x="epoch", y="loss", label="training", color=MUTED)
    # The first accuracies are those of the untrained network: on one axis with them all else is flat.
    trained = runs[runs["epoch"] > 0] if (runs["epoch"] > 0).any() else runs
    band(accuracy, trained, x="epoch", y="train_accuracy", label="training", color=MUTED)
    band(accuracy, trained, x="epoch", y="val_accuracy", label="validation", color=COLORS["mlp"])
    loss_axis(loss)
    accuracy.set_ylabel("Accuracy")
    percent_axis(accuracy)
    accuracy.set_xlim(loss.get_xlim())
    epoch_axis(loss, accuracy)
    legend_above(fig, accuracy)
    runs_note(fig, runs)
    return fig


@styled
def mnist_confusion(runs: Sequence[Predictions], class_names: Sequence[str]) -> Figure:
    """Confusion matrix of the test images; counts are means over the runs.

    Parameters
    ----------
    runs : one mapping per seed: ``scores`` (N, K), ``labels`` (N,)
    class_names : K names
    """
    fig, (ax,) = panels(1, width=7.4, height=6.4)
    share_bar(fig, draw_confusion(ax, confusion_counts(runs, len(class_names)), class_names, fontsize=9), [ax])
    _confusion_note(fig, len(runs))
    return fig


def _confusion_note(fig: Figure, runs: int) -> None:
    images = "test images" if runs == 1 else f"test images, mean of {runs} runs"
    note(fig, f"numbers: {images}")


@styled
def mnist_errors(predictions: Predictions, class_names: Sequence[str], *, rows: int = 4, columns: int = 9) -> Figure:
    """Misclassified test digits with true and predicted class, the most confident mistakes first.

    Parameters
    ----------
    predictions : ``scores`` (N, K) and ``labels`` (N,) of all test images; ``wrong_images`` (M, 1, H, W)
        uint8 and ``wrong_index`` (M,), the misclassified ones and their places among all
    class_names : K names
    rows, columns : at most that many are shown
    """
    index = predictions["wrong_index"].astype(int)
    if not len(index):
        fig, ax = canvas(900, 60)
        ax.text(450, 30, "No test image was misclassified.", ha="center", va="center", color=MUTED)
        return fig
    scores, truth = predictions["scores"][index], predictions["labels"][index].astype(int)
    predicted = scores.argmax(axis=1)
    each = np.arange(len(index))
    margin = scores[each, predicted] - scores[each, truth]
    shown = np.argsort(-np.nan_to_num(margin), kind="stable")[: rows * columns]
    images = predictions["wrong_images"]
    height, width = images.shape[2:]
    scale = whole_scale(width, 84)
    step_x, step_y = (900 - 2 * MARGIN) // columns, height * scale + 26
    used_rows = -(-len(shown) // columns)
    fig, ax = canvas(900, 2 * MARGIN + used_rows * step_y)
    for place_in_grid, which in enumerate(shown):
        row, column = divmod(place_in_grid, columns)
        x, y = MARGIN + column * step_x + (step_x - width * scale) // 2, MARGIN + row * step_y
        place(ax, images[which], x, y, scale)
        text = f"{class_names[truth[which]]} → {class_names[predicted[which]]}"
        ax.text(x + width * scale / 2, y + height * scale + 3, text, ha="center", va="top", fontsize=9)
    return fig
