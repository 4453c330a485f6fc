"""Adam as the original printed it."""

from __future__ import annotations

from dataclasses import dataclass

from lib.bounds import Count


@dataclass(frozen=True)
class PrintedAdamConfig:
    """The section ``experiments.printed_adam``: steps under a constant gradient."""

    steps: Count
