"""Section 2.5: the optimisers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lib.bounds import Count, Positive, Widths

OptimizerName = Literal["sgd", "sgd_momentum", "rmsprop", "adam", "adam_as_printed"]


@dataclass(frozen=True)
class OptimizerRun:
    """What belongs to one optimiser; its other settings are the defaults of :mod:`lib.nn.optim`."""

    learning_rate: Positive


@dataclass(frozen=True)
class OptimizerTrainingConfig:
    """What all optimisers and seeds have in common."""

    training_images: Count
    validation_images: Count
    hidden: Widths
    weight_scale: Positive
    batch_size: Count
    epochs: Count


@dataclass(frozen=True)
class OptimizersConfig:
    """The section ``optimizers`` of the configuration; ``target_losses`` descend, as training reaches them."""

    target_losses: tuple[Positive, Positive, Positive]
    training: OptimizerTrainingConfig
    runs: Mapping[OptimizerName, OptimizerRun]

    def __post_init__(self) -> None:
        if list(self.target_losses) != sorted(set(self.target_losses), reverse=True):
            given = ", ".join(f"{loss:g}" for loss in self.target_losses)
            raise ValueError(f"target_losses: each is lower than the one before it, got [{given}]")
