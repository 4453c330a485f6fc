"""Each kind of part on runs made up so that it must hold, fail, be unclear or be untestable."""

import math

import pytest
from pydantic import TypeAdapter

from lib.claims.parts import MissingNumber, findings
from lib.claims.schema import AnyPart
from lib.report.statistics import Sampling
from lib.report.summary import Summary

ABOUT = {"zh": "某量", "en": "a quantity"}


def numbers(sampling=None, unit="points", **runs):
    summary = Summary()
    for key, values in runs.items():
        summary.add_runs("x." + key, values, unit, sampling=sampling, source=(f"{key}.csv",))
    return summary.numbers


def part(**entry):
    return TypeAdapter(AnyPart).validate_python({"about": ABOUT} | entry)


def outcome(entry, given):
    (finding,) = findings(part(**entry), given)
    return finding.outcome


HIGH = [5.0, 5.2, 4.9, 5.1, 5.0, 5.1]
NONE = [0.1, -0.1, 0.05, -0.05, 0.0, 0.02]
WIDE = [3.0, -4.0, 6.0, -2.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("values", "expected"),
    [(HIGH, "holds"), (NONE, "fails"), (WIDE, "unclear"), ([-v for v in HIGH], "fails"), (HIGH[:2], "untestable")],
)
def test_above_and_its_mirror_image_below(values, expected):
    rule = {"metric": "x.drop", "margin": 1.0, "min_seeds": 3}
    assert outcome(rule | {"kind": "above"}, numbers(drop=values)) == expected
    assert outcome(rule | {"kind": "below"}, numbers(drop=[-v for v in values])) == expected


def test_a_limit_is_compared_with_the_interval_not_the_mean():
    rule = {"kind": "above", "metric": "x.accuracy", "limit": 4.95, "margin": 0.1}
    assert outcome(rule, numbers(accuracy=HIGH)) == "unclear"
    assert outcome(rule | {"limit": 4.9}, numbers(accuracy=HIGH)) == "holds"


@pytest.mark.parametrize(
    ("interval", "expected"), [((1.0, 3.0), "holds"), ((-1.0, 0.2), "fails"), ((-1.0, 3.0), "unclear")]
)
def test_one_run_is_decided_by_its_test_images_where_that_is_allowed(interval, expected):
    one = numbers(sampling=Sampling(*interval, p=0.01), drop=[sum(interval) / 2])
    rule = {"kind": "above", "metric": "x.drop", "margin": 0.5}
    assert outcome(rule | {"min_seeds": 1}, one) == expected
    assert outcome(rule | {"min_seeds": 3}, one) == "untestable"
    assert outcome(rule | {"min_seeds": 1}, numbers(drop=[2.0])) == "untestable"


@pytest.mark.parametrize(("values", "expected"), [([1e-8, 1e-7], "holds"), ([1e-8, 1e-3], "fails")])
def test_each_run_is_compared_as_it_is(values, expected):
    rule = {"kind": "below", "metric": "x.error", "limit": 1e-6, "each": True}
    assert outcome(rule, numbers(error=values)) == expected
    assert outcome(rule, numbers(error=values[:1])) == "holds"


def test_each_run_at_the_limit_holds():
    assert outcome({"kind": "above", "metric": "x.a", "limit": 1.0, "each": True}, numbers(a=[1.0, 1.0])) == "holds"


@pytest.mark.parametrize(("value", "expected"), [(242762, "holds"), (243658, "fails")])
def test_equals(value, expected):
    assert outcome({"kind": "equals", "metric": "x.count", "value": 242762}, numbers(count=[value])) == expected


@pytest.mark.parametrize(
    ("values", "expected"), [(NONE, "holds"), (HIGH, "fails"), (WIDE, "unclear"), (NONE[:2], "untestable")]
)
def test_equivalent(values, expected):
    rule = {"kind": "equivalent", "metric": "x.d", "margin": 0.5, "min_seeds": 3}
    assert outcome(rule, numbers(d=values)) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(5.0, 5.0, "holds"), (4.0, 4.9, "holds"), (3.0, 4.0, "fails"), (6.0, 6.0, "fails")]
)
def test_predicts(low, high, expected):
    rule = {"kind": "predicts", "metric": "x.a", "low": low, "high": high}
    assert outcome(rule, numbers(a=HIGH)) == expected
    assert outcome(rule, numbers(a=HIGH[:2])) == "untestable"


def compare(first, second, better="greater", margin=0.5):
    metrics = {"x.loss": {"better": better, "margin": margin}}
    rule = part(kind="dominates", first=["a"], second=["b"], metrics=metrics, min_seeds=6)
    summary = Summary()
    summary.add_runs("x.loss.a", first, "loss")
    summary.add_runs("x.loss.b", second, "loss")
    (finding,) = findings(rule, summary.numbers)
    return finding


def test_dominates_is_paired_by_seed():
    shared = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    lower = [value - shift for value, shift in zip(shared, HIGH, strict=True)]
    assert compare(lower, shared, better="less").outcome == "holds"
    assert compare(lower, shared, better="greater").outcome == "fails"
    assert compare(shared, shared).outcome == "fails"
    assert compare(shared[:5], lower[:5]).outcome == "untestable"


def test_a_training_that_diverged_is_the_worse_one():
    bad = [math.nan, *HIGH[1:]]
    assert compare(HIGH, bad).outcome == "holds"
    assert compare(bad, HIGH).outcome == "fails"
    assert compare(bad, bad).outcome == "untestable"


def test_differences_of_accuracies_are_told_in_points():
    rule = part(kind="dominates", first=["a"], second=["b"], metrics={"x.acc": {"better": "greater", "margin": 1.0}})
    summary = Summary()
    summary.add_runs("x.acc.a", [0.50, 0.51, 0.52, 0.50, 0.51, 0.52], "percent")
    summary.add_runs("x.acc.b", [0.40, 0.42, 0.42, 0.40, 0.41, 0.43], "percent")
    (finding,) = findings(rule, summary.numbers)
    assert finding.unit == "points"
    assert finding.estimate == pytest.approx(9.667, abs=1e-3)


def test_seeds_needed_grow_with_the_spread():
    rule = part(kind="above", metric="x.d", margin=1.0)
    (wide,) = findings(rule, numbers(d=WIDE))
    (wider,) = findings(rule, numbers(d=[3 * v - 2 for v in WIDE]))
    assert wide.needed is not None and wider.needed is not None
    assert len(WIDE) < wide.needed < wider.needed


def test_a_number_that_is_not_there_is_named():
    with pytest.raises(MissingNumber, match=r"x\.nothing"):
        findings(part(kind="above", metric="x.nothing"), numbers(d=HIGH))
