"""What a comparison of trained classifiers is made of: accuracies by arm, seed and class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def accuracy(scores: np.ndarray, labels: np.ndarray) -> float:
    """Share of rows of scores (N, K) whose largest entry is at the label (N,)."""
    return float((scores.argmax(axis=1) == labels).mean())


def class_accuracies(scores: np.ndarray, labels: np.ndarray, class_names: Sequence[str]) -> pd.DataFrame:
    """Columns ``class_name`` and ``accuracy``: the share of each class's samples that are recognised."""
    hits = scores.argmax(axis=1) == labels
    shares = [hits[labels == k].mean() if (labels == k).any() else np.nan for k in range(len(class_names))]
    return pd.DataFrame({"class_name": list(class_names), "accuracy": shares})


def kept_accuracy(history: pd.DataFrame, best_epoch: int) -> float:
    """Validation accuracy of the epoch (counted from 1) whose weights were kept."""
    return float(history.loc[history["epoch"] == best_epoch, "val_accuracy"].iloc[0])
