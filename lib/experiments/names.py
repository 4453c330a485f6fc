"""The experiments that go beyond the original's own (``claims.experiments`` in the configuration)."""

from __future__ import annotations

from typing import Literal, get_args

Experiment = Literal[
    "search_budget",
    "printed_adam",
    "batch_statistics",
    "mlp_ceiling",
    "rate_drops",
    "conv_init",
    "augmented_validation",
    "gray_three_channels",
    "shuffled_pixels",
    "shifted_images",
    "filter_controls",
]
EXPERIMENTS: tuple[str, ...] = get_args(Experiment)
