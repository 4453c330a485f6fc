"""Summaries of the experiments that train further models on CIFAR-10, by experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lib.experiments.arm_results import ArmResults
from lib.report.summaries import (
    augmented_validation,
    ceiling,
    conv_init,
    filter_controls,
    gray3,
    rate_drops,
    shifted,
    shuffled,
)
from lib.report.summary import Summary

# Of the results of the experiment's arms, and their settings by name.
SUMMARIES: Mapping[str, Callable[[ArmResults, Mapping[str, Mapping[str, Any]]], Summary]] = {
    "mlp_ceiling": ceiling.summarise,
    "rate_drops": rate_drops.summarise,
    "conv_init": conv_init.summarise,
    "augmented_validation": augmented_validation.summarise,
    "gray_three_channels": gray3.summarise,
    "shuffled_pixels": shuffled.summarise,
    "shifted_images": shifted.summarise,
    "filter_controls": filter_controls.summarise,
}
