"""The experiments that go beyond the original's own (``claims.experiments`` in the configuration)."""

from __future__ import annotations

from collections.abc import Mapping
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

# Those that train further models on CIFAR-10, or look at models again, with the arms that they compare (section `arms`
# of the configuration; those with a hyphen are the arms of sections 2.7 and 2.8).
ARMS: Mapping[str, tuple[str, ...]] = {
    "mlp_ceiling": ("mlp-rgb", "wide_mlp"),
    "rate_drops": ("stepped_cnn",),
    "conv_init": ("stepped_cnn", "normal_cnn", "plain_he_cnn", "plain_normal_cnn"),
    "augmented_validation": ("mlp-rgb", "cnn-rgb"),
    "gray_three_channels": ("mlp-rgb", "mlp-gray", "gray3_mlp"),
    "shuffled_pixels": ("mlp-rgb", "shuffled_mlp", "short_cnn", "shuffled_cnn"),
    "shifted_images": ("mlp-rgb", "uncropped_mlp", "short_cnn", "uncropped_cnn"),
    "filter_controls": ("stepped_cnn", "slow_cnn", "no_decay_cnn"),
}
