"""How many wrong labels are learned, and by which training."""

from dataclasses import dataclass

from lib.bounds import Count, Fraction, Positive, Widths


@dataclass(frozen=True)
class Training:
    """One training with drawn labels."""

    images: Count
    hidden: Widths
    weight_scale: Positive
    learning_rate: Positive
    epochs: Count
    batch_size: Count


@dataclass(frozen=True)
class Config:
    """The section ``label_noise``: seeds, shares of the training labels that are drawn anew, and the training."""

    seeds: Count
    shares: tuple[Fraction, ...]
    training: Training
