"""Numbers as a reader sees them, and the verdicts on reference values, against values worked out by hand."""

import math

import pytest

from lib.report.numbers import Reference, compare, format_number, format_setting, format_spread
from lib.report.summary import Column, Number, Summary
from lib.report.texts import Texts


@pytest.mark.parametrize(
    ("value", "unit", "digits", "expected"),
    [
        (0.9805, "percent", None, "98.05%"),
        (1.0, "percent", 0, "100%"),
        (0.319, "percent", 1, "31.9%"),
        (242762, "count", None, "242,762"),
        (12.4, "count", None, "12.4"),
        (1.48e-7, "error", None, r"$1.48 \times 10^{-7}$"),
        (9.999e-8, "error", None, r"$1.00 \times 10^{-7}$"),
        (5.8e-11, "error", 1, r"$5.8 \times 10^{-11}$"),
        (0.0, "error", None, "0"),
        (2.30052, "loss", None, "2.3005"),
        (9.34, "points", None, "9.34"),
        (-2.506, "points", None, "−2.51"),
        (-0.001, "points", None, "0.00"),
        (4e-3, "rate", None, r"$4 \times 10^{-3}$"),
        (1e-4, "rate", None, "$10^{-4}$"),
        (3.873e-4, "rate", None, r"$3.87 \times 10^{-4}$"),
        (0.05, "rate", None, "0.05"),
        (1.3456, "ratio", None, "1.35"),
        (4.321, "seconds", None, "4.32 s"),
        (43.21, "seconds", None, "43.2 s"),
        (4321.0, "seconds", None, "4,321 s"),
        (1536.2, "megabytes", None, "1,536 MB"),
        (1.525, "decades", 1, "1.5"),
        (14.0, "pixels", None, "14"),
        (231, "plain", None, "231"),
        (0.28604, "plain", None, "0.286"),
        (1.2345e-6, "plain", 2, "0.00"),
        (1.2345e-6, "plain", None, r"$1.234 \times 10^{-6}$"),
        (-0.4321, "plain", None, "−0.4321"),
        (math.nan, "percent", None, "—"),
        (None, "loss", None, "—"),
    ],
)
def test_numbers_are_printed_by_their_unit(value, unit, digits, expected):
    assert format_number(value, unit, digits) == expected


def test_an_unknown_unit_is_named_with_those_allowed():
    with pytest.raises(ValueError, match="unknown unit 'furlongs'; allowed: count, percent"):
        format_number(1.0, "furlongs")


def test_an_unknown_unit_is_refused_where_a_number_or_a_column_gets_it():
    with pytest.raises(ValueError, match=r"^number 'x\.length': unknown unit 'furlongs'; allowed: count, percent, "):
        Summary().add("x.length", 1.0, "furlongs")
    with pytest.raises(ValueError, match=r"^number 'x\.length': unknown unit 'text'"):
        Summary().add_runs("x.length", [1.0, 2.0], "text")
    with pytest.raises(ValueError, match=r"^column 'length': unknown unit 'furlongs'; allowed: count, .*, text$"):
        Column("length", {"en": "Length"}, "furlongs")


def test_spread_has_the_power_of_ten_of_its_mean():
    assert format_spread(0.9805, 0.0012, "percent") == "98.05% ± 0.12%"
    assert format_spread(1.48e-7, 2.1e-8, "error") == r"$(1.48 \pm 0.21) \times 10^{-7}$"
    assert format_spread(0.9805, None, "percent") == "98.05%"
    assert format_spread(0.0, 1e-9, "error").startswith("0 ± ")


def test_settings_read_like_a_text():
    words = {True: "yes", False: "no"}
    printed = {value: format_setting(value, ", ", words) for value in (20, 55000, 5e-3, 0.95, 3.14, 1e-5, True, "")}
    assert printed[20] == "20"
    assert printed[55000] == "55,000"
    assert printed[5e-3] == r"$5 \times 10^{-3}$"
    assert printed[0.95] == "0.95"
    assert printed[3.14] == "3.14"
    assert printed[1e-5] == "$10^{-5}$"
    assert printed[""] == "—"
    assert format_setting(True, ", ", words) == "yes"
    assert format_setting([256, 128, 64], "、", words) == "256、128、64"
    with pytest.raises(ValueError, match="section with the keys a, b"):
        format_setting({"a": 1, "b": 2}, ", ", words)


RUNS = [0.979, 0.981, 0.980, 0.982, 0.978]  # mean 0.98, s = sqrt(1e-5 / 4) = 0.00158114


def _number(values, unit="percent"):
    summary = Summary()
    summary.add_runs("x", values, unit)
    return summary.numbers["x"]


def test_prediction_interval_of_five_runs():
    # t(0.975, 4) = 2.776445; half width = 2.776445 * 0.00158114 * sqrt(1.2) = 0.0048090
    agreement = compare(_number(RUNS), Reference(0.9805, 0.9805, "percent"))
    assert agreement.verdict == "agrees"
    assert agreement.interval == pytest.approx((0.975191, 0.984809), abs=1e-6)
    assert agreement.difference == pytest.approx(-0.0005)


@pytest.mark.parametrize(
    ("reference", "verdict"),
    [(0.9848, "undecided"), (0.9849, "differs"), (0.9752, "undecided"), (0.9750, "differs"), (0.5, "differs")],
)
def test_the_ends_of_the_interval_decide_to_within_the_rounding_of_the_reference(reference, verdict):
    # The ends are 97.5191% and 98.4809%; a reference printed as 98.48% may have been up to 98.485%.
    assert compare(_number(RUNS), Reference(reference, reference, "percent")).verdict == verdict


@pytest.mark.parametrize(("reference", "verdict"), [(0.9830, "agrees"), (0.9832, "undecided"), (0.9769, "agrees")])
def test_few_runs_are_not_rewarded_with_the_width_that_they_add(texts: Texts, reference, verdict):
    # 1.96 * 0.00158114 = 0.0031 from the mean of 98%: the interval that runs without end would leave.
    found = compare(_number(RUNS), Reference(reference, reference, "percent"))
    assert found.verdict == verdict
    told = "left open, since only few runs let it in (95% prediction interval 97.52% to 98.48%, n = 5)"
    assert (found.phrase(texts.labels["en"]) == told) is (verdict == "undecided")


def test_runs_without_spread_agree_with_the_same_value_only():
    perfect = _number([1.0] * 20)
    assert compare(perfect, Reference(1.0, 1.0, "percent", 0)).verdict == "agrees"
    assert compare(perfect, Reference(0.98, 0.98, "percent", 0)).verdict == "differs"


def test_a_range_must_overlap_the_interval():
    runs = _number([0.174, 0.176, 0.178, 0.180, 0.182])  # mean 0.178, half width = 2.776445 * 0.00316 * sqrt(6/5)
    assert compare(runs, Reference(0.14, 0.17, "percent", 0)).verdict == "agrees"
    assert compare(runs, Reference(0.14, 0.16, "percent", 0)).verdict == "differs"
    assert compare(runs, Reference(0.14, 0.17, "percent", 0)).difference == pytest.approx(0.008)


def test_fewer_than_five_runs_decide_nothing(texts: Texts):
    words = texts.labels["en"]
    reference = Reference(0.9279, 0.9279, "percent")
    single = compare(_number([0.93]), reference)
    assert single.verdict == "undecided"
    assert single.phrase(words) == "too few runs to decide (n = 1, difference +0.21 points)"
    assert compare(_number([0.93, 0.5, 0.6, 0.7]), reference).verdict == "undecided"
    error = compare(Number(2.96e-7, "error"), Reference(1.48e-7, 1.48e-7, "error"))
    assert error.phrase(words) == "too few runs to decide (n = 1, 2.00 times the reference value)"
    assert error.phrase(texts.labels["zh"]) == "运行次数太少，无法判断（n = 1，为参考值的 2.00 倍）"


def test_what_is_exact_must_be_the_same_to_every_digit(texts: Texts):
    loss = Reference(2.3005, 2.3005, "loss", exact=True)
    assert compare(Number(2.30054, "loss"), loss).verdict == "agrees"
    assert compare(Number(2.30056, "loss"), loss).verdict == "differs"
    parameters = Reference(242762, 242762, "count", exact=True)
    assert compare(Number(242762, "count"), parameters).phrase(texts.labels["en"]) == "the same to every printed digit"
    assert compare(Number(243658, "count"), parameters).phrase(texts.labels["en"]) == "differs (difference +896)"


def test_sample_data_are_compared_with_nothing(texts: Texts):
    reference = Reference(0.9805, 0.9805, "percent")
    agreement = compare(_number(RUNS), reference, is_sample=True)
    assert agreement.verdict == "not compared"
    assert agreement.phrase(texts.labels["en"]) == "not compared on sample data"
    assert compare(_number(RUNS), None).phrase(texts.labels["en"]) == "—"
    assert compare(Number(math.nan, "percent"), reference).phrase(texts.labels["zh"]) == "本次运行没有测量值"


def test_every_verdict_has_words_in_both_languages(texts: Texts):
    agrees = compare(_number(RUNS), Reference(0.9805, 0.9805, "percent"))
    differs = compare(_number(RUNS), Reference(0.5, 0.5, "percent"))
    assert agrees.phrase(texts.labels["en"]) == "agrees (95% prediction interval 97.52% to 98.48%, n = 5)"
    assert differs.phrase(texts.labels["zh"]) == "不符（95% 预测区间 97.52% 至 98.48%，n = 5）"


def test_intervals_of_accuracies_end_at_100_percent(texts: Texts):
    agreement = compare(_number([0.99, 0.95, 1.0, 0.98, 1.0]), Reference(1.0, 1.0, "percent"))
    assert agreement.interval is not None
    assert agreement.interval[1] == 1.0


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"unit": "percent"}, "needs either value or both low and high"),
        ({"value": 1, "unit": "stones"}, "unknown unit 'stones'; allowed: count, percent, "),
        ({"value": 1, "low": 0, "high": 1, "unit": "loss"}, "needs either value or both low and high"),
        ({"value": 1}, "the unit is missing; allowed: count, percent, "),
    ],
)
def test_incomplete_reference_values_are_refused(raw, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        Reference.from_mapping(raw)
