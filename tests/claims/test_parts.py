"""Each kind of part on runs made up so that it must hold, fail, be open or be untestable."""

import math

import pytest
from pydantic import ValidationError
from scipy import stats

from lib.claims.parts import MissingNumber, findings
from lib.report.summary import Summary
from tests.claims.made_up import HIGH, NONE, OPPOSITE, WIDE, draws, numbers, part


def finding(entry, given, margins=1.0):
    (found,) = findings(part(**entry), given, margins)
    return found


def outcome(entry, given, margins=1.0):
    return finding(entry, given, margins).outcome


@pytest.mark.parametrize(
    ("values", "expected"),
    [(HIGH, "holds"), (NONE, "fails"), (WIDE, "open"), (OPPOSITE, "fails"), (HIGH[:2], "untestable")],
)
def test_above_and_its_mirror_image_below(values, expected):
    rule = {"metric": "x.drop", "margin": 1.0}
    assert outcome(rule | {"kind": "above"}, numbers(drop=values)) == expected
    assert outcome(rule | {"kind": "below"}, numbers(drop=[-v for v in values])) == expected


@pytest.mark.parametrize(("limit", "expected"), [(4.9, "holds"), (5.05, "open"), (5.2, "fails")])
def test_one_limit_decides_both_ways_and_by_the_interval(limit, expected):
    assert outcome({"kind": "above", "metric": "x.a", "limit": limit}, numbers(a=HIGH)) == expected


def test_a_margin_is_part_of_the_limit():
    rule = {"kind": "above", "metric": "x.a", "limit": 4.0}
    assert outcome(rule | {"margin": 0.9}, numbers(a=HIGH)) == "holds"
    assert outcome(rule | {"margin": 1.2}, numbers(a=HIGH)) == "fails"
    assert outcome(rule | {"margin": 0.9}, numbers(a=HIGH), margins=2) == "fails"


@pytest.mark.parametrize(("values", "opposite"), [(OPPOSITE, True), (NONE, False), (HIGH, False), (WIDE, False)])
def test_an_effect_that_is_significant_the_other_way_says_so(values, opposite):
    assert finding({"kind": "above", "metric": "x.a", "margin": 1.0}, numbers(a=values)).opposite is opposite


def test_an_absolute_limit_that_is_missed_is_no_opposite_effect():
    assert not finding({"kind": "above", "metric": "x.a", "limit": 9.0}, numbers(a=HIGH)).opposite


def test_p_is_against_the_limit_and_agrees_with_the_interval():
    found = finding({"kind": "above", "metric": "x.a", "limit": 1.0, "margin": 3.9}, numbers(a=HIGH))
    assert found.p == pytest.approx(stats.ttest_1samp(HIGH, 4.9).pvalue)
    assert (found.outcome == "holds") == (found.p < 0.05)


def test_test_images_widen_the_interval_of_an_accuracy():
    rule = {"kind": "above", "metric": "x.a", "limit": 4.9}
    assert outcome(rule, numbers(a=HIGH)) == "holds"
    assert outcome(rule, numbers(a=HIGH, image_error=0.5)) == "open"


def test_seeds_do_not_take_away_what_the_test_images_add():
    rule = {"kind": "above", "metric": "x.a", "limit": 4.9}
    assert finding(rule, numbers(a=HIGH, image_error=0.5)).needed is None
    values = draws(5.0, 0.3, 4)
    alone, both = (finding(rule, numbers(a=values, image_error=error)).needed for error in (0.0, 0.04))
    assert alone < both


def test_equal_runs_have_no_p_value():
    found = finding({"kind": "above", "metric": "x.a", "limit": 4.9}, numbers(a=[5.0] * 6))
    assert (found.outcome, found.p) == ("holds", None)


def test_one_training_decides_nothing_about_a_mean_however_many_its_images():
    with pytest.raises(ValidationError, match="greater than or equal to 2"):
        part(kind="above", metric="x.a", min_seeds=1)
    assert outcome({"kind": "above", "metric": "x.a"}, numbers(a=[9.0], image_error=0.1)) == "untestable"


@pytest.mark.parametrize(("values", "expected"), [([1e-8, 1e-7], "holds"), ([1e-8, 1e-3], "fails")])
def test_each_run_is_compared_as_it_is(values, expected):
    rule = {"kind": "below", "metric": "x.error", "limit": 1e-6, "each": True}
    assert outcome(rule, numbers(error=values)) == expected
    assert outcome(rule, numbers(error=values[:1])) == "holds"


def test_each_run_at_the_limit_holds():
    assert outcome({"kind": "above", "metric": "x.a", "limit": 1.0, "each": True}, numbers(a=[1.0] * 3)) == "holds"


@pytest.mark.parametrize(("value", "expected"), [(242762, "holds"), (243658, "fails")])
def test_equals(value, expected):
    assert outcome({"kind": "equals", "metric": "x.count", "value": 242762}, numbers(count=[value])) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [(NONE, "holds"), (HIGH, "fails"), (OPPOSITE, "fails"), (WIDE, "open"), (NONE[:2], "untestable")],
)
def test_equivalent(values, expected):
    assert outcome({"kind": "equivalent", "metric": "x.d", "margin": 0.5}, numbers(d=values)) == expected


@pytest.mark.parametrize(("mean", "expected"), [(0.3, "holds"), (-0.3, "holds"), (0.7, "fails"), (-0.7, "fails")])
def test_an_effect_may_be_significant_and_still_too_small_to_matter(mean, expected):
    found = finding({"kind": "equivalent", "metric": "x.d", "margin": 0.5}, numbers(d=draws(mean, 0.1, 6)))
    assert found.outcome == expected
    assert found.low * found.high > 0


def test_equivalence_is_two_one_sided_tests():
    values = draws(0.1, 0.3, 8)
    found = finding({"kind": "equivalent", "metric": "x.d", "margin": 0.5}, numbers(d=values))
    sides = [
        stats.ttest_1samp(values, -0.5, alternative="greater"),
        stats.ttest_1samp(values, 0.5, alternative="less"),
    ]
    assert found.p == pytest.approx(max(side.pvalue for side in sides))
    assert (found.outcome == "holds") == (found.low > -0.5 and found.high < 0.5)


@pytest.mark.parametrize(("value", "expected"), [(5.0, "holds"), (4.0, "fails"), (6.0, "fails")])
def test_predicts(value, expected):
    rule = {"kind": "predicts", "metric": "x.a", "value": value, "margin": 0.5}
    assert outcome(rule, numbers(a=HIGH)) == expected
    assert outcome(rule, numbers(a=HIGH[:4])) == "untestable"


def test_a_prediction_too_wide_to_say_anything_is_open():
    rule = {"kind": "predicts", "metric": "x.a", "value": 1.0, "margin": 5.0}
    assert outcome(rule, numbers(a=WIDE)) == "open"
    assert outcome(rule | {"value": 99.0}, numbers(a=WIDE)) == "open"


def test_a_prediction_from_fewer_runs_needs_more_than_the_width_they_add():
    rule = {"kind": "predicts", "metric": "x.a", "margin": 5.0}
    # 2.2 spreads away: outside what many runs would leave, inside what six do.
    assert outcome(rule | {"value": 2.2}, numbers(a=draws(0, 1, 6))) == "open"
    assert outcome(rule | {"value": 2.2}, numbers(a=draws(0, 1, 100))) == "fails"
    assert outcome(rule | {"value": 1.9}, numbers(a=draws(0, 1, 6))) == "holds"


def compare(first, second, better="greater", margin=0.5):
    metrics = {"x.loss": {"better": better, "margin": margin}}
    summary = Summary()
    summary.add_runs("x.loss.a", first, "loss")
    summary.add_runs("x.loss.b", second, "loss")
    return finding({"kind": "dominates", "first": ["a"], "second": ["b"], "metrics": metrics}, summary.numbers)


def test_dominates_is_paired_by_seed():
    shared = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    lower = [value - shift for value, shift in zip(shared, HIGH, strict=True)]
    assert compare(lower, shared, better="less").outcome == "holds"
    assert compare(shared, lower, better="less").opposite
    assert compare(lower, shared, better="greater").outcome == "fails"
    assert compare(shared, shared).outcome == "fails"
    assert compare(shared[:5], lower[:5]).outcome == "untestable"


@pytest.mark.parametrize("none", [math.nan, math.inf])
def test_a_run_without_a_value_is_worse_than_any_that_has_one(none):
    never = [none] * 6
    assert compare(HIGH, never, better="less").outcome == "holds"
    found = compare(never, HIGH, better="less")
    assert (found.outcome, found.opposite) == ("fails", True)
    assert found.p == pytest.approx(stats.binomtest(0, 6).pvalue)


def test_one_run_without_a_value_does_not_outvote_the_other_seeds():
    ahead = [1.0] * 19
    assert compare([0.0] * 20, [*ahead, math.nan]).outcome == "fails"  # the other is better in all but one
    assert compare([2.0] * 20, [*ahead, math.nan]).outcome == "holds"
    assert compare([math.nan] + [2.0] * 19, [1.0] * 20).outcome == "holds"


def test_what_is_counted_is_a_share_of_seeds_beyond_the_margin():
    first = [2.0] * 10 + [1.1] * 9 + [math.nan]
    found = compare(first, [1.0] * 20)
    assert (found.outcome, found.estimate, found.target, found.n) == ("open", 0.5, 0.5, 20)
    assert (found.low, found.high) == pytest.approx(tuple(stats.binomtest(10, 20).proportion_ci()))


def test_seeds_in_which_neither_has_a_value_say_nothing():
    first, second = [math.inf] * 14 + [1.0] * 6, [math.inf] * 20
    found = compare(first, second, better="less")
    assert (found.outcome, found.estimate, found.n) == ("holds", 1.0, 6)
    assert compare([math.inf] * 15 + [1.0] * 5, second, better="less").outcome == "untestable"
    assert compare(second, second).outcome == "untestable"


def test_differences_of_accuracies_are_told_in_points():
    rule = part(kind="dominates", first=["a"], second=["b"], metrics={"x.acc": {"better": "greater", "margin": 1.0}})
    summary = Summary()
    summary.add_runs("x.acc.a", [0.50, 0.51, 0.52, 0.50, 0.51, 0.52], "percent")
    summary.add_runs("x.acc.b", [0.40, 0.42, 0.42, 0.40, 0.41, 0.43], "percent")
    (found,) = findings(rule, summary.numbers)
    assert found.unit == "points"
    assert found.estimate == pytest.approx(9.667, abs=1e-3)


def test_seeds_needed_grow_with_the_spread_and_settle_the_part():
    rule = {"kind": "above", "metric": "x.d", "margin": 1.0}
    few, fewer_sure = (finding(rule, numbers(d=draws(1.5, spread, 5))) for spread in (1.0, 2.0))
    assert 5 < few.needed < fewer_sure.needed
    assert outcome(rule, numbers(d=draws(1.5, 1.0, few.needed))) == "holds"


def test_a_number_that_is_not_there_is_named():
    with pytest.raises(MissingNumber, match=r"x\.nothing"):
        findings(part(kind="above", metric="x.nothing"), numbers(d=HIGH))
