"""Section 2.5: the same search budget for every update rule, and a ranking on seeds that no search has seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.data.splits import Splits
from lib.experiments.config.optimizers import OptimizerRun, OptimizerTrainingConfig
from lib.experiments.config.search_budget import SearchBudgetConfig
from lib.experiments.optimizers import run


def try_rates(
    data: Splits, optimizer: str, config: SearchBudgetConfig, training: OptimizerTrainingConfig, seed: int
) -> pd.DataFrame:
    """Train with each rate once.

    Columns learning_rate, first_epoch_loss (mean over its iterations), train_accuracy, val_accuracy (after the last
    epoch).
    """
    rows = []
    for rate in config.rates():
        loss, epochs = run(data, optimizer, OptimizerRun(rate), training, seed)
        first = loss["loss"].to_numpy()[: len(loss) // training.epochs]
        last = epochs.iloc[-1]
        with np.errstate(over="ignore", invalid="ignore"):  # of a training that diverges
            rows.append((rate, first.mean(), last["train_accuracy"], last["val_accuracy"]))
    return pd.DataFrame(rows, columns=["learning_rate", "first_epoch_loss", "train_accuracy", "val_accuracy"])


def best_rate(trials: pd.DataFrame, criterion: str) -> float:
    """The rate that is best in the mean over the seeds, the lowest of equals.

    For the ``speed`` that is the one with the lowest loss of the first epoch, in which no training may diverge; for
    the ``end`` the one with the highest final validation accuracy.
    """
    badness = trials["first_epoch_loss"].fillna(np.inf) if criterion == "speed" else -trials["val_accuracy"]
    means = badness.groupby(trials["learning_rate"]).mean()
    return float(means.index[int(means.to_numpy().argmin())])
