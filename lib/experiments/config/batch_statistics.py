"""Normalisation with the statistics of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import MinLen

from lib.bounds import Count


@dataclass(frozen=True)
class BatchStatisticsConfig:
    """The section ``experiments.batch_statistics``."""

    batch_sizes: Annotated[tuple[Count, ...], MinLen(1)]
