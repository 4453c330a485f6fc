"""Types of configuration values with the bounds that the schema enforces, and values between bounds."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Le, MinLen

Count = Annotated[int, Ge(1)]
Seed = Annotated[int, Ge(0)]
Positive = Annotated[float, Gt(0)]
NonNegative = Annotated[float, Ge(0)]
KeepRatio = Annotated[float, Gt(0), Le(1)]
Widths = Annotated[tuple[Count, ...], MinLen(1)]
Strengths = Annotated[tuple[NonNegative, ...], MinLen(1)]


def check_ascending(name: str, bounds: tuple[float, float]) -> None:
    """Raise :exc:`ValueError` unless ``bounds`` is (lowest, highest)."""
    lowest, highest = bounds
    if not lowest <= highest:
        raise ValueError(f"{name}: the lowest value comes first, got [{lowest:g}, {highest:g}]")


def log_spaced(lowest: float, highest: float, count: int) -> list[float]:
    """``count`` values from ``lowest`` to ``highest``, evenly spaced on a logarithmic scale.

    Twelve digits are kept: the last ones differ between machines, and 1e-05 is to be 1e-05.
    """
    return [float(f"{value:.12g}") for value in np.geomspace(lowest, highest, count)]
