"""Section 2.5: the same search budget for every update rule, and a ranking on seeds that no search has seen."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from lib.bounds import Count, Positive
from lib.data.splits import Splits
from lib.experiments.optimizers import OptimizerRun, OptimizerTrainingConfig, run
from lib.experiments.ranges import check_ascending, log_spaced

FIRST_FRESH_SEED = 1000  # of the ranking; the search has the seeds from 0


@dataclass(frozen=True)
class SearchBudgetConfig:
    """The section ``experiments.search_budget``: rates, (lowest, highest), and seeds, the same for all rules."""

    learning_rates: tuple[Positive, Positive]
    learning_rate_count: Count
    seeds: Count

    def __post_init__(self) -> None:
        check_ascending("learning_rates", self.learning_rates)
        if self.seeds > FIRST_FRESH_SEED:
            raise ValueError(f"seeds: {self.seeds}; allowed: 1 to {FIRST_FRESH_SEED}")

    def rates(self) -> list[float]:
        """The learning rates tried, ascending, evenly spaced on a logarithmic scale."""
        return log_spaced(*self.learning_rates, self.learning_rate_count)


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
