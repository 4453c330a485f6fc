"""Numbers and claims made up so that a rule must decide them in one way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from lib.claims.schema import AnyPart, Claim
from lib.report.summary import Number, Summary

ABOUT = {"zh": "某量", "en": "a quantity"}
# Means and spreads that hold against a limit of 1, fail, fail the other way round, and are open.
HIGH = [5.0, 5.2, 4.9, 5.1, 5.0, 5.1]
NONE = [0.1, -0.1, 0.05, -0.05, 0.0, 0.02]
OPPOSITE = [-value for value in HIGH]
WIDE = [3.0, -4.0, 6.0, -2.0, 1.0, 2.0]


def numbers(unit: str = "points", image_error: float = 0.0, **runs: Sequence[float]) -> dict[str, Number]:
    """``x.KEY`` by seed."""
    summary = Summary()
    for key, values in runs.items():
        summary.add_runs("x." + key, values, unit, image_error=image_error, source=(f"{key}.csv",))
    return summary.numbers


def part(**entry: Any) -> AnyPart:
    found: AnyPart = TypeAdapter(AnyPart).validate_python({"about": ABOUT} | entry)
    return found


def claim(*parts: Mapping[str, Any], **more: Any) -> Claim:
    """A claim of these parts, each about ``x.0``, ``x.1``, ... above 1 unless it says otherwise."""
    above = {"kind": "above", "margin": 1.0, "about": ABOUT}
    whole = [{**above, "metric": f"x.{place}", **entry} for place, entry in enumerate(parts)]
    return Claim.model_validate({"section": "x", "text": {"zh": "某论断", "en": "a claim"}, "parts": whole} | more)


def results(*values: Sequence[float]) -> dict[str, Number]:
    """``x.0``, ``x.1``, ..."""
    return numbers(**{str(place): list(runs) for place, runs in enumerate(values)})


def draws(mean: float, spread: float, n: int) -> list[float]:
    """``n`` values with exactly this mean and standard deviation."""
    values = np.random.default_rng(n).normal(size=n)
    return list(mean + spread * (values - values.mean()) / values.std(ddof=1))
