"""How each kind of part of a claim is decided from the runs behind a number.

One limit decides both ways: a part holds where the interval lies on the claimed side of it, fails where it lies on the
other, and is open where it has the limit inside.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from lib.claims.schema import AnyPart, Compares, Dominates, Equals, Equivalent, Predicts, seeds_asked
from lib.report.hints import did_you_mean
from lib.report.statistics import (
    ALPHA,
    LEVEL,
    Estimate,
    estimate,
    normal_quantile,
    prediction_interval,
    sign_test,
)
from lib.report.summary import Number

Outcome = Literal["holds", "fails", "open", "untestable"]
Numbers = Mapping[str, Number]
# Two one-sided tests at 5% hold where this interval lies within the margins.
EQUIVALENCE_LEVEL = 1 - 2 * ALPHA
SHARE = 0.5  # of the seeds, which a sign test compares with
MOST_SEEDS = 1000  # more are not worth asking for


@dataclass(frozen=True)
class Finding:
    """One comparison: what was found, and how sure it is.

    ``test`` names the phrase that tells it in words (keys ``claim_...`` in report/labels.yaml); ``target`` is the limit
    that decides. ``low`` and ``high`` are the interval of that ``level``, and ``p`` is against the limit;
    ``p_adjusted``, of a comparison that fails, is after Holm's adjustment for all ways in which the claim can fail.
    In a test ``counted`` these are shares of seeds, and the margin alone is in the unit of the metric.
    ``opposite``: the effect is significant, and in the other direction than claimed. ``needed`` is the number of seeds
    that would do. ``arms`` are the two names compared, if the part has several. ``images`` is the standard error that
    the choice of the test images adds to that of the seeds.
    """

    outcome: Outcome
    test: str
    unit: str
    target: float
    margin: float = 0.0
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = LEVEL
    n: int = 0
    p: float | None = None
    p_adjusted: float | None = None
    opposite: bool = False
    needed: int | None = None
    arms: tuple[str, str] | None = None
    images: float = 0.0
    sources: tuple[str, ...] = field(default=())

    @property
    def settled(self) -> bool:
        """Whether it holds or fails."""
        return self.outcome in ("holds", "fails")


class MissingNumber(ValueError):
    """A claim names a number that no section gives."""


def findings(part: AnyPart, numbers: Numbers, margins: float = 1.0) -> list[Finding]:
    """All comparisons of ``part``, every margin times ``margins``.

    Raises :exc:`MissingNumber` where a metric is not among ``numbers``.
    """
    if isinstance(part, Compares):
        return [_compared(part, _number(part.metric, numbers), margins)]
    if isinstance(part, Equals):
        return [_equal(part, _number(part.metric, numbers))]
    if isinstance(part, Equivalent):
        return [_equivalent(part, _number(part.metric, numbers), margins)]
    if isinstance(part, Predicts):
        return [_predicted(part, _number(part.metric, numbers), margins)]
    return list(_dominated(part, numbers, margins))


def _number(key: str, numbers: Numbers) -> Number:
    if key not in numbers:
        raise MissingNumber(f"unknown number {key!r}{did_you_mean(key, numbers)}")
    return numbers[key]


def _values(number: Number) -> np.ndarray:
    return np.array(list(number.runs.values()) or [number.value], dtype=float)


def _untested(
    part: Compares | Equivalent | Predicts,
    number: Number,
    target: float,
    margin: float,
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
        needed=seeds_asked(part),
        images=0.0 if isinstance(part, Predicts) else number.image_error,
        sources=number.source,
    )


def _compared(part: Compares, number: Number, margins: float) -> Finding:
    values = _values(number)
    sign = 1.0 if part.kind == "above" else -1.0
    margin = margins * part.margin
    start = _untested(part, number, part.limit + sign * margin, margin)
    if len(values) < seeds_asked(part) or not np.isfinite(values).all():
        return start
    if part.each:
        low, high = float(values.min()), float(values.max())
        worst = low if sign > 0 else high
        holds = sign * (worst - part.limit) >= 0
        return replace(
            start,
            test=f"each_{part.kind}",
            outcome="holds" if holds else "fails",
            low=low,
            high=high,
            needed=None,
            images=0.0,
        )
    found = estimate(values, number.image_error)
    assert found is not None
    return _judged(start, found, sign, part.limit)


def _judged(start: Finding, found: Estimate, sign: float, origin: float) -> Finding:
    """Whether the mean is more than the target (``sign`` 1), or less (-1); ``origin`` is where there is no effect."""
    low, high = found.interval()
    near, far = (low, high) if sign > 0 else (high, low)
    outcome: Outcome = (
        "holds" if sign * (near - start.target) > 0 else "fails" if sign * (far - start.target) < 0 else "open"
    )
    # Without any spread there is no test: every run gives the same.
    p = 2 * min(found.p_above(start.target), found.p_below(start.target), 0.5) if found.error else None
    opposite = start.margin > 0 and sign * (far - origin) < 0
    needed = _needed(start, (high - low) / 2, found.mean - start.target) if outcome == "open" else None
    return replace(start, outcome=outcome, low=low, high=high, p=p, opposite=opposite, needed=needed)


def _needed(start: Finding, half: float, distance: float) -> int | None:
    """Seeds at which an interval of this half-width would clear a limit so far away: they leave the images' part."""
    images = normal_quantile(start.level) * start.images
    if abs(distance) <= images:
        return None
    seeds = max(start.n + 1, math.ceil(start.n * (half**2 - images**2) / (distance**2 - images**2)))
    return seeds if seeds <= MOST_SEEDS else None


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


def _equivalent(part: Equivalent, number: Number, margins: float) -> Finding:
    values, margin = _values(number), margins * part.margin
    start = replace(_untested(part, number, margin, margin), level=EQUIVALENCE_LEVEL)
    if len(values) < part.min_seeds or not np.isfinite(values).all():
        return start
    found = estimate(values, number.image_error)
    assert found is not None
    low, high = found.interval(EQUIVALENCE_LEVEL)
    inside = max(found.p_above(-margin), found.p_below(margin))
    outside = min(1.0, 2 * min(found.p_above(margin), found.p_below(-margin)))
    outcome: Outcome = "holds" if inside < ALPHA else "fails" if outside < ALPHA else "open"
    needed = _needed(start, (high - low) / 2, margin - abs(found.mean)) if outcome == "open" else None
    p = (inside if abs(found.mean) < margin else outside) if found.error else None
    return replace(start, outcome=outcome, low=low, high=high, p=p, needed=needed)


def _predicted(part: Predicts, number: Number, margins: float) -> Finding:
    """Few seeds are not rewarded, though they widen the interval.

    A value outside is not what one more run gives. It is where it lies inside even the interval that this spread would
    leave with seeds without end, and the interval is narrow enough to say anything; in between the part is open.
    """
    values, margin = _values(number), margins * part.margin
    start = _untested(part, number, part.value, margin)
    interval = prediction_interval(values)
    if len(values) < part.min_seeds or interval is None or not np.isfinite(values).all():
        return start
    low, high = interval
    narrowest = normal_quantile() * float(values.std(ddof=1))
    inside, narrow = low <= part.value <= high, (high - low) / 2 <= margin
    surely = abs(part.value - number.value) <= narrowest
    outcome: Outcome = "open" if not narrow else "fails" if not inside else "holds" if surely else "open"
    return replace(start, outcome=outcome, low=low, high=high, needed=None)


def _dominated(part: Dominates, numbers: Numbers, margins: float) -> Iterator[Finding]:
    for (metric, rule), first, second in itertools.product(part.metrics.items(), part.first, part.second):
        one, other = _number(f"{metric}.{first}", numbers), _number(f"{metric}.{second}", numbers)
        seeds = [seed for seed in one.runs if seed in other.runs]
        factor = 100.0 if one.unit == "percent" else 1.0
        with np.errstate(invalid="ignore"):  # of values that are not finite
            differences = factor * np.array([one.runs[seed] - other.runs[seed] for seed in seeds])
        sign = 1.0 if rule.better == "greater" else -1.0
        start = Finding(
            "untestable",
            "better",
            "points" if one.unit == "percent" else one.unit,
            sign * margins * rule.margin,
            margins * rule.margin,
            float(differences.mean()) if np.isfinite(differences).all() and len(seeds) else None,
            n=len(seeds),
            needed=part.min_seeds,
            arms=(first, second),
            sources=(*one.source, *other.source),
        )
        if len(seeds) < part.min_seeds:
            yield start
        elif not np.isfinite(differences).all():
            yield _counted(start, one, other, seeds, differences, sign)
        else:
            found = estimate(differences)
            assert found is not None
            yield _judged(start, found, sign, 0.0)


def _counted(
    start: Finding, one: Number, other: Number, seeds: list[str], differences: np.ndarray, sign: float
) -> Finding:
    """The sign test, for pairs of which some value is not finite: a training that diverged, or never got there.

    Such a run is worse than any that has a value, by whatever margin, but no mean says by how much. So the seeds in
    which the first is better by more than the margin are counted, and that share is compared with one half, which is
    the same as to ask for the median difference (Dixon and Mood 1946, J. Amer. Statist. Assoc. 41:557-566). Seeds in
    which both have no value say nothing of which is better and are left out.
    """
    values = np.array([[number.runs[seed] for number in (one, other)] for seed in seeds])
    finite = np.isfinite(values)
    known = finite.any(axis=1)
    # Which way it is between a value and none, whatever stands for none; the difference where both are there.
    none_worst = np.where(finite.all(axis=1), differences, np.where(finite[:, 0], sign, -sign) * np.inf)[known]
    start = replace(start, test="counted", unit="percent", n=len(none_worst), estimate=None)
    if start.needed is not None and len(none_worst) < start.needed:
        return start
    better = int((sign * (none_worst - start.target) > 0).sum())
    share, (low, high), p = sign_test(better, len(none_worst))
    outcome: Outcome = "holds" if low > SHARE else "fails" if high < SHARE else "open"
    opposite = sign_test(int((sign * none_worst < 0).sum()), len(none_worst))[1][0] > SHARE
    return replace(
        start, outcome=outcome, target=SHARE, estimate=share, low=low, high=high, p=p, opposite=opposite, needed=None
    )


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
        "level": finding.level,
        "n": finding.n,
        "p": finding.p,
        "p_adjusted": finding.p_adjusted,
        "opposite": finding.opposite,
        "seeds_needed": finding.needed,
        "image_error": finding.images,
        "arms": finding.arms,
    }
