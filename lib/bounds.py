"""Types of configuration values, with the bounds that the schema enforces."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Gt, Le, MinLen

Count = Annotated[int, Ge(1)]
Seed = Annotated[int, Ge(0)]
Positive = Annotated[float, Gt(0)]
NonNegative = Annotated[float, Ge(0)]
Fraction = Annotated[float, Ge(0), Le(1)]
KeepRatio = Annotated[float, Gt(0), Le(1)]
Widths = Annotated[tuple[Count, ...], MinLen(1)]
Strengths = Annotated[tuple[NonNegative, ...], MinLen(1)]
