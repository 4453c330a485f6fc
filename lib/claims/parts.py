"""How each kind of part of a claim is decided from the runs behind a number."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from lib.claims.schema import AnyPart, Compares, Dominates, Equals, Equivalent, Predicts
from lib.report.hints import did_you_mean
from lib.report.statistics import (
    ALPHA,
    equivalence_p,
    fewest_pairs,
    prediction_interval,
    sign_flip_p,
    t_interval,
    t_p,
)
from lib.report.summary import Number

Outcome = Literal["holds", "fails", "unclear", "untestable"]
Numbers = Mapping[str, Number]


@dataclass(frozen=True)
class Finding:
    """One comparison: what was found, and how sure it is.

    ``test`` names the phrase that tells it in words (keys ``claim_...`` in report/labels.yaml); ``target`` is what the
    estimate was compared with; ``p`` is before, ``p_adjusted`` after Holm's adjustment for all comparisons of the
    claim; ``needed`` is the number of seeds that would do. ``arms`` are the two names compared, if the part has
    several.
    """

    outcome: Outcome
    test: str
    unit: str
    target: float | tuple[float, float]
    margin: float = 0.0
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    p: float | None = None
    p_adjusted: float | None = None
    needed: int | None = None
    arms: tuple[str, str] | None = None
    sources: tuple[str, ...] = field(default=())


class MissingNumber(ValueError):
    """A claim names a number that no section gives."""


def comparisons(part: AnyPart) -> int:
    """How many p values ``part`` has to be adjusted for."""
    if isinstance(part, Dominates):
        return len(part.metrics) * len(part.first) * len(part.second)
    return int(isinstance(part, Equivalent) or (isinstance(part, Compares) and not part.each))


def findings(part: AnyPart, numbers: Numbers, family: int = 1) -> list[Finding]:
    """All comparisons of ``part``, before the adjustment for the ``family`` comparisons of its claim.

    Raises :exc:`MissingNumber` where a metric is not among ``numbers``.
    """
    if isinstance(part, Compares):
        return [_compared(part, _number(part.metric, numbers), family)]
    if isinstance(part, Equals):
        return [_equal(part, _number(part.metric, numbers))]
    if isinstance(part, Equivalent):
        return [_equivalent(part, _number(part.metric, numbers))]
    if isinstance(part, Predicts):
        return [_predicted(part, _number(part.metric, numbers))]
    return list(_dominated(part, numbers, family))


def adjusted(finding: Finding, p: float | None) -> Finding:
    """``finding`` with its p value after Holm's adjustment; a part no longer holds where that passes 5%."""
    if p is None:
        return finding
    lost = finding.outcome == "holds" and p > ALPHA
    return replace(finding, p_adjusted=p, outcome="unclear" if lost else finding.outcome)


def _number(key: str, numbers: Numbers) -> Number:
    if key not in numbers:
        raise MissingNumber(f"unknown number {key!r}{did_you_mean(key, numbers)}")
    return numbers[key]


def _values(number: Number) -> np.ndarray:
    return np.array(list(number.runs.values()) or [number.value], dtype=float)


def _untested(
    part: Compares | Equivalent | Predicts,
    number: Number,
    target: float | tuple[float, float],
    margin: float = 0.0,
) -> Finding:
    """What can be said of a part before its test: the estimate, and how many seeds are needed."""
    return Finding(
        "untestable",
        part.kind,
        number.unit,
        target,
        margin,
        number.value,
        n=len(_values(number)),
        needed=part.min_seeds,
        sources=number.source,
    )


def _compared(part: Compares, number: Number, family: int) -> Finding:
    values = _values(number)
    sign = 1.0 if part.kind == "above" else -1.0
    start = _untested(part, number, part.limit, part.margin)
    if not np.isfinite(values).all():
        return start
    if part.each:
        low, high = float(values.min()), float(values.max())
        worst = low if sign > 0 else high
        holds = sign * (worst - part.limit) >= 0
        return replace(start, test=f"each_{part.kind}", outcome="holds" if holds else "fails", low=low, high=high)
    if len(values) < part.min_seeds:
        return start
    if len(values) == 1:
        if number.sampling is None:
            return replace(start, needed=2)
        sampled = number.sampling
        found = replace(start, test=f"{part.kind}_images", p=sampled.p)
        return _judged(found, (sampled.low, sampled.high), sign)
    interval = t_interval(values)
    assert interval is not None
    return _judged(replace(start, p=_paired_p(values - part.limit, family)), interval, sign)


def _judged(start: Finding, interval: tuple[float, float], sign: float) -> Finding:
    """Whether the interval lies on the claimed side of the target, or rules out what would matter there."""
    low, high = interval
    near, far = (low, high) if sign > 0 else (high, low)
    assert isinstance(start.target, float)
    if sign * (near - start.target) > 0:
        outcome: Outcome = "holds"
    elif sign * (far - start.target) < start.margin or sign * (far - start.target) <= 0:
        outcome = "fails"
    else:
        outcome = "unclear"
    needed = _needed(start, interval) if outcome == "unclear" else None
    return replace(start, outcome=outcome, low=low, high=high, needed=needed)


def _paired_p(differences: np.ndarray, family: int) -> float:
    """Sign flips where there are enough of them to reach 5% after the adjustment, else Student's t."""
    return sign_flip_p(differences) if len(differences) >= fewest_pairs(ALPHA / family) else t_p(differences)


def _needed(start: Finding, interval: tuple[float, float]) -> int | None:
    """Seeds at which an interval as wide for its n as this one would clear the target or the margin."""
    assert isinstance(start.target, float) and start.estimate is not None
    half = (interval[1] - interval[0]) / 2
    distance = max(abs(start.estimate - start.target), abs(abs(start.estimate - start.target) - start.margin))
    if start.n < 2 or not distance:
        return None
    return max(start.n + 1, math.ceil(start.n * (half / distance) ** 2))


def _equal(part: Equals, number: Number) -> Finding:
    values = _values(number)
    holds = bool((np.abs(values - part.value) <= part.tolerance).all())
    return Finding(
        "holds" if holds else "fails",
        "equals",
        number.unit,
        part.value,
        part.tolerance,
        number.value,
        n=len(values),
        sources=number.source,
    )


def _equivalent(part: Equivalent, number: Number) -> Finding:
    values = _values(number)
    start = _untested(part, number, 0.0, part.margin)
    interval = t_interval(values)
    if len(values) < part.min_seeds or interval is None or not np.isfinite(values).all():
        return start
    p = equivalence_p(values, part.margin)
    low, high = interval
    if p < ALPHA:
        outcome: Outcome = "holds"
    elif low > part.margin or high < -part.margin or (low > 0 or high < 0) and abs(number.value) >= part.margin:
        outcome = "fails"
    else:
        outcome = "unclear"
    needed = None
    if outcome == "unclear":
        half = (high - low) / 2
        distance = abs(part.margin - abs(number.value))
        needed = max(len(values) + 1, math.ceil(len(values) * (half / distance) ** 2)) if distance else None
    return replace(start, outcome=outcome, low=low, high=high, p=p, needed=needed)


def _predicted(part: Predicts, number: Number) -> Finding:
    values = _values(number)
    target = part.low if part.low == part.high else (part.low, part.high)
    start = _untested(part, number, target)
    interval = prediction_interval(values)
    if len(values) < part.min_seeds or interval is None or not np.isfinite(values).all():
        return start
    inside = interval[0] <= part.high and part.low <= interval[1]
    return replace(start, outcome="holds" if inside else "fails", low=interval[0], high=interval[1], needed=None)


def _dominated(part: Dominates, numbers: Numbers, family: int) -> Iterator[Finding]:
    for (metric, rule), first, second in itertools.product(part.metrics.items(), part.first, part.second):
        one, other = _number(f"{metric}.{first}", numbers), _number(f"{metric}.{second}", numbers)
        seeds = [seed for seed in one.runs if seed in other.runs]
        factor = 100.0 if one.unit == "percent" else 1.0
        differences = factor * np.array([one.runs[seed] - other.runs[seed] for seed in seeds])
        sign = 1.0 if rule.better == "greater" else -1.0
        start = Finding(
            "untestable",
            "better",
            "points" if one.unit == "percent" else one.unit,
            0.0,
            rule.margin,
            float(differences.mean()) if len(seeds) else None,
            n=len(seeds),
            needed=part.min_seeds,
            arms=(first, second),
            sources=(*one.source, *other.source),
        )
        if len(seeds) < part.min_seeds:
            yield start
        elif not np.isfinite(differences).all():
            yield _diverged(start, one, other, seeds)
        else:
            interval = t_interval(differences)
            assert interval is not None
            yield _judged(replace(start, p=_paired_p(differences, family)), interval, sign)


def _diverged(start: Finding, one: Number, other: Number, seeds: list[str]) -> Finding:
    """A training that diverged is worse than one that did not."""
    bad = [not all(math.isfinite(number.runs[seed]) for seed in seeds) for number in (one, other)]
    outcome: Outcome = "holds" if bad == [False, True] else "fails" if bad == [True, False] else "untestable"
    return replace(start, outcome=outcome, test="diverged", estimate=None, needed=None)


def describe(finding: Finding) -> dict[str, Any]:
    """Plain values of a finding, for JSON."""
    return {
        "outcome": finding.outcome,
        "test": finding.test,
        "unit": finding.unit,
        "target": finding.target,
        "margin": finding.margin,
        "estimate": finding.estimate,
        "interval": None if finding.low is None else [finding.low, finding.high],
        "n": finding.n,
        "p": finding.p,
        "p_adjusted": finding.p_adjusted,
        "seeds_needed": finding.needed,
        "arms": finding.arms,
    }
