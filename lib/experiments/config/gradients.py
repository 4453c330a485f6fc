"""Section 2.3: the checks of the gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt, Lt

from lib.bounds import Count, Positive, Seed, Strengths, Widths
from lib.experiments.ranges import check_ascending, log_spaced


@dataclass(frozen=True)
class ProblemConfig:
    """A small network and how many samples it gets."""

    samples: Count
    input_size: Count
    hidden: Widths
    classes: Count
    weight_scale: Positive


@dataclass(frozen=True)
class GradientCheckConfig(ProblemConfig):
    """The whole-network check; ``step`` is h of the centred difference."""

    seed: Seed
    step: Positive
    regularisations: Strengths


@dataclass(frozen=True)
class LayerCheckConfig:
    """The check of every layer and combination (:mod:`lib.experiments.layer_checks`)."""

    seed: Seed
    step: Positive
    keep_ratio: Annotated[float, Gt(0), Lt(1)]


@dataclass(frozen=True)
class StepStudyConfig:
    """Steps from 10^first to 10^last, ``per_decade`` of them in each decade."""

    exponents: tuple[int, int]
    per_decade: Count
    regularisations: Strengths

    def __post_init__(self) -> None:
        check_ascending("exponents", self.exponents)

    def steps(self) -> list[float]:
        """The values of h, ascending."""
        first, last = self.exponents
        return log_spaced(10.0**first, 10.0**last, (last - first) * self.per_decade + 1)


@dataclass(frozen=True)
class GradientsConfig:
    """The section ``gradients`` of the configuration."""

    check: GradientCheckConfig
    layers: LayerCheckConfig
    steps: StepStudyConfig
