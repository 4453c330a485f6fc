"""How a data set is split, as the configuration says it; without NumPy, since Snakemake reads it at every start."""

from __future__ import annotations

from dataclasses import dataclass

from lib.bounds import Count, Seed


@dataclass(frozen=True)
class SplitConfig:
    """``validation`` samples held out, drawn by ``split_seed``; without one the last of the training set."""

    validation: Count
    split_seed: Seed | None = None
