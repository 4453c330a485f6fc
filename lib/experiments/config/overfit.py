"""Section 2.4: networks that learn few images by heart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge

from lib.bounds import Count, Positive, Widths
from lib.experiments.ranges import check_ascending, log_spaced

NetworkName = Literal["three", "five"]


@dataclass(frozen=True)
class NetworkConfig:
    """A network and the learning rate of its own run."""

    hidden: Widths
    weight_scale: Positive
    learning_rate: Positive


@dataclass(frozen=True)
class GridConfig:
    """Weight scales and learning rates, (lowest, highest), evenly spaced on logarithmic scales."""

    weight_scales: tuple[Positive, Positive]
    weight_scale_count: Count
    learning_rates: tuple[Positive, Positive]
    learning_rate_count: Count

    def __post_init__(self) -> None:
        check_ascending("weight_scales", self.weight_scales)
        check_ascending("learning_rates", self.learning_rates)

    def scales(self) -> list[float]:
        """The weight scales, ascending."""
        return log_spaced(*self.weight_scales, self.weight_scale_count)

    def rates(self) -> list[float]:
        """The learning rates, ascending."""
        return log_spaced(*self.learning_rates, self.learning_rate_count)


@dataclass(frozen=True)
class OverfitTrainingConfig:
    """What all networks and seeds have in common."""

    images: Count
    validation_images: Count
    epochs: Count
    batch_size: Annotated[int, Ge(2)]  # the CNN's batch norm has no variance of one image


@dataclass(frozen=True)
class OverfitCnnConfig:
    """How long and how fast the CNN learns the same images."""

    epochs: Count
    learning_rate: Positive


@dataclass(frozen=True)
class OverfitConfig:
    """The section ``overfit`` of the configuration."""

    training: OverfitTrainingConfig
    networks: Mapping[NetworkName, NetworkConfig]
    grid: GridConfig
    cnn: OverfitCnnConfig
