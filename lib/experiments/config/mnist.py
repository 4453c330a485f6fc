"""Section 2.6: search and training on MNIST."""

from __future__ import annotations

from dataclasses import dataclass

from lib.bounds import Count, KeepRatio, NonNegative, Positive, Seed, Widths
from lib.experiments.ranges import check_ascending


@dataclass(frozen=True)
class MnistSearchConfig:
    """Random search on the first ``samples`` training images; each range is (lowest, highest).

    On so few images neighbouring trials differ by less than their standard error, so the ``finalists`` best ones
    are trained in full once, and the validation set decides between them; with one finalist the search decides.
    """

    seed: Seed
    samples: Count
    trials: Count
    finalists: Count
    hidden: Widths
    epochs: Count
    batch_size: Count
    log10_learning_rate: tuple[float, float]
    log10_weight_scale: tuple[float, float]
    log10_regularisation: tuple[float, float]
    keep_ratio: tuple[KeepRatio, KeepRatio]

    def __post_init__(self) -> None:
        for name in ("log10_learning_rate", "log10_weight_scale", "log10_regularisation", "keep_ratio"):
            check_ascending(name, getattr(self, name))


@dataclass(frozen=True)
class MnistTrainingConfig:
    """The full training; ``learning_rate_decay`` is a factor after each epoch."""

    hidden: Widths
    epochs: Count
    batch_size: Count
    learning_rate_decay: KeepRatio


@dataclass(frozen=True)
class MnistHyperparameters:
    """What a search chooses."""

    learning_rate: Positive
    weight_scale: Positive
    regularisation: NonNegative
    keep_ratio: KeepRatio


@dataclass(frozen=True)
class MnistConfig:
    """The section ``mnist`` of the configuration."""

    search: MnistSearchConfig
    training: MnistTrainingConfig
    published: MnistHyperparameters
