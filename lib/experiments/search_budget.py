"""Section 2.5: the same search budget for every update rule, and a ranking on seeds that no search has seen."""

from __future__ import annotations

import pandas as pd

from lib.data.splits import Splits
from lib.experiments.config.optimizers import OptimizerRun, OptimizerTrainingConfig
from lib.experiments.config.search_budget import SearchBudgetConfig
from lib.experiments.optimizers import run


def try_rates(
    data: Splits, optimizer: str, config: SearchBudgetConfig, training: OptimizerTrainingConfig, seed: int
) -> pd.DataFrame:
    """Train with each rate once; columns learning_rate, train_accuracy, val_accuracy, both after the last epoch."""
    rows = []
    for rate in config.rates():
        _, epochs = run(data, optimizer, OptimizerRun(rate), training, seed)
        last = epochs.iloc[-1]
        rows.append((rate, last["train_accuracy"], last["val_accuracy"]))
    return pd.DataFrame(rows, columns=["learning_rate", "train_accuracy", "val_accuracy"])


def best_rate(trials: pd.DataFrame) -> float:
    """The rate with the highest mean validation accuracy over the seeds, the lowest of equals."""
    means = trials.groupby("learning_rate")["val_accuracy"].mean()
    return float(means.index[int(means.to_numpy().argmax())])
