"""The same search budget for every optimiser."""

from __future__ import annotations

from dataclasses import dataclass

from lib.bounds import Count, Positive
from lib.experiments.ranges import check_ascending, log_spaced

CRITERIA = ("speed", "end")  # what a rate is chosen for: low loss early in training, or validation accuracy at its end
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
