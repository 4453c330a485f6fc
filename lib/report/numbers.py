"""How numbers are printed, and whether they agree with the reference values of the original report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lib.report.hints import meant_or_allowed
from lib.report.summary import UNITS, Number

DASH = "—"
MINUS = "−"
Verdict = Literal["agrees", "differs", "undecided", "not compared", "no reference"]

_DECIMALS = {"percent": 2, "points": 2, "loss": 4, "error": 2, "ratio": 2, "decades": 2}
_SIGNIFICANT = 4  # digits of plain numbers
_SMALL_RATE = 1e-2  # rates below are printed as powers of ten
SMALL_P, LARGE_P = 1e-3, 0.99  # beyond which no digits are printed
_MIN_RUNS = 5  # fewer give no useful prediction interval


def _fixed(value: float, decimals: int) -> str:
    """Thousands separators, a true minus sign, and no minus before a zero."""
    text = f"{value:,.{decimals}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,") else MINUS + text[1:]
    return text


def _mantissa(text: str) -> tuple[str, int]:
    mantissa, exponent = text.split("e")
    return mantissa, int(exponent)


def _scientific(value: float, decimals: int, *, strip: bool = False) -> str:
    """Such as ``$1.48 \\times 10^{-7}$``; ``strip`` drops zeros at the end and a mantissa of one."""
    if value == 0:
        return "0"
    mantissa, exponent = _mantissa(f"{value:.{decimals}e}")
    if exponent == 0:
        return _fixed(value, decimals) if not strip else f"{value:g}".replace("-", MINUS)
    if strip and "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    power = f"10^{{{exponent}}}"
    if strip and mantissa in ("1", "-1"):
        return f"${mantissa[:-1]}{power}$"
    return f"${mantissa} \\times {power}$"


def _plain(value: float, digits: int | None) -> str:
    if digits is not None:
        return _fixed(value, digits)
    if value == int(value):
        return str(int(value)).replace("-", MINUS)
    text = f"{value:.{_SIGNIFICANT}g}"
    if "e" in text:
        return _scientific(value, _SIGNIFICANT - 1, strip=True)
    return text.replace("-", MINUS)


def format_number(value: float | None, unit: str = "plain", digits: int | None = None) -> str:
    """Markdown of one value; a missing one is a dash.

    ``digits`` is the number of decimals (of the mantissa in scientific notation). Percent, seconds and
    megabytes carry their sign; the names of other units are words, and so belong to the sentence or to the
    heading of the column.
    """
    if unit not in UNITS:
        raise ValueError(f"unknown unit {unit!r}; allowed: {', '.join(UNITS)}")
    if value is None or not math.isfinite(value):
        return DASH
    decimals = _DECIMALS.get(unit, 0) if digits is None else digits
    if unit == "percent":
        return _fixed(100 * value, decimals) + "%"
    if unit == "error":
        return _scientific(value, decimals)
    if unit == "rate":
        if 0 < abs(value) < _SMALL_RATE:
            return _scientific(value, 2 if digits is None else digits, strip=True)
        return _plain(float(f"{value:.3g}"), None) if digits is None else _fixed(value, digits)
    if unit == "count":
        whole = abs(value - round(value)) < 1e-9
        return _fixed(value, (0 if whole else 1) if digits is None else digits)
    if unit == "seconds":
        return _fixed(value, digits if digits is not None else 2 if value < 10 else 1 if value < 100 else 0) + " s"
    if unit == "megabytes":
        return _fixed(value, digits if digits is not None else 1 if value < 10 else 0) + " MB"
    if unit == "pixels":
        return _fixed(value, digits if digits is not None else 0 if value == round(value) else 1)
    if unit == "plain":
        return _plain(value, digits)
    return _fixed(value, decimals)


def format_spread(value: float, spread: float | None, unit: str, digits: int | None = None) -> str:
    """``mean ± standard deviation``; the mean alone where there is no spread."""
    text = format_number(value, unit, digits)
    if spread is None or not math.isfinite(spread) or text == DASH:
        return text
    if text.startswith("$") and value:
        # One power of ten for both, that of the mean: otherwise the two are hard to compare.
        decimals = 2 if digits is None else digits
        mantissa, exponent = _mantissa(f"{value:.{decimals}e}")
        scaled = f"{spread / 10.0**exponent:.{decimals}f}"
        return f"$({mantissa} \\pm {scaled}) \\times 10^{{{exponent}}}$"
    return f"{text} ± {format_number(spread, unit, digits)}"


def format_p(p: float) -> str:
    """Such as ``p = 0.034``; without digits where they tell nothing, ``p < 0.001``."""
    if p < SMALL_P:
        return f"p < {SMALL_P:g}"
    return f"p > {LARGE_P:g}" if p > LARGE_P else f"p = {p:.2g}"


def listed(values: Sequence[Any], words: Mapping[str, str]) -> str:
    """Several values as they stand in a sentence, by the ``words`` of report/labels.yaml: 64, 128 and 256."""
    *first, last = map(str, values)
    return f"{words['list_separator'].join(first)}{words['list_last']}{last}" if first else last


def format_setting(value: Any, separator: str, words: Mapping[bool, str]) -> str:
    """A constant of the configuration: separators in whole numbers, small ones as powers of ten, lists joined."""
    if isinstance(value, Mapping):
        raise ValueError(f"is a section with the keys {', '.join(map(str, value))}, not a value")
    if isinstance(value, bool):
        return words[value]
    if isinstance(value, int):
        return format_number(value, "count")
    if isinstance(value, float):
        return _scientific(value, 5, strip=True) if 0 < abs(value) < _SMALL_RATE else f"{value:g}".replace("-", MINUS)
    if isinstance(value, list | tuple):
        return separator.join(format_setting(item, separator, words) for item in value)
    return DASH if value is None or value == "" else str(value)


def _as_number(raw: Mapping[str, Any], key: str) -> float:
    try:
        return float(raw[key])  # YAML reads 1e-3 as a text
    except (TypeError, ValueError):
        raise ValueError(f"{key}: expected a number, not {raw[key]!r}") from None


@dataclass(frozen=True)
class Reference:
    """A published value: a number, or a range where ``low < high``. It comes from one run (n = 1).

    ``digits`` are the decimals it was printed with (None: those of the unit). ``exact`` marks what chance has
    no part in: it must come out the same to all its digits.
    """

    low: float
    high: float
    unit: str
    digits: int | None = None
    exact: bool = False

    @classmethod
    def from_mapping(cls, raw: Mapping[str, Any]) -> Reference:
        """From ``{value, unit}`` or ``{low, high, unit}``, with optional ``digits`` and ``exact``."""
        keys = ("value", "low", "high", "unit", "digits", "exact")
        if unknown := [key for key in raw if key not in keys]:
            raise ValueError(f"unknown key {unknown[0]!r}{meant_or_allowed(unknown[0], keys)}")
        if {"value", "low", "high"} & set(raw) not in ({"value"}, {"low", "high"}):
            raise ValueError("needs either value or both low and high")
        if raw.get("unit") not in UNITS:
            fault = f"unknown unit {raw['unit']!r}" if "unit" in raw else "the unit is missing"
            raise ValueError(f"{fault}; allowed: {', '.join(UNITS)}")
        low, high = (_as_number(raw, key) for key in (("value", "value") if "value" in raw else ("low", "high")))
        if low > high:
            raise ValueError(f"low {low:g} is above high {high:g}")
        digits, exact = raw.get("digits"), raw.get("exact", False)
        if digits is not None and (isinstance(digits, bool) or not isinstance(digits, int) or digits < 0):
            raise ValueError(f"digits: expected a whole number from 0, not {digits!r}")
        if not isinstance(exact, bool):
            raise ValueError(f"exact: expected true or false, not {exact!r}")
        return cls(low, high, raw["unit"], digits, exact)

    @property
    def rounding(self) -> float:
        """Half a unit of the last printed digit: the printed value may stand for anything so close."""
        decimals = _DECIMALS.get(self.unit, 0) if self.digits is None else self.digits
        half = 0.5 * 10.0**-decimals
        if self.unit == "percent":
            return half / 100
        if self.unit in ("error", "rate") and self.low:
            return half * 10.0 ** math.floor(math.log10(abs(self.low)))
        return half

    @property
    def value(self) -> float | list[float]:
        """The number, or the range as a list."""
        return self.low if self.low == self.high else [self.low, self.high]

    def text(self) -> str:
        """As the original printed it."""
        low = format_number(self.low, self.unit, self.digits)
        return low if self.low == self.high else f"{low}–{format_number(self.high, self.unit, self.digits)}"


@dataclass(frozen=True)
class Agreement:
    """Whether runs agree with a reference; ``interval`` is the 95% prediction interval for one more run."""

    verdict: Verdict
    reference: Reference | None
    number: Number
    difference: float | None = None
    interval: tuple[float, float] | None = None

    def phrase(self, words: Mapping[str, str]) -> str:
        """The verdict in words, from the ``agreement_*`` texts of one language (see report/labels.yaml)."""
        if self.verdict == "no reference" or self.reference is None:
            return DASH
        if self.verdict == "not compared":
            return words["agreement_not_compared"]
        if self.difference is None:
            return words["agreement_missing"]
        key = "agreement_" + self.verdict
        unit, digits = self.reference.unit, self.reference.digits
        if self.interval is None and self.verdict != "undecided":
            key += "_exact"
        elif self.interval is not None and self.verdict == "undecided":
            key = "agreement_open"
        low, high = (format_number(end, unit, digits) for end in self.interval or (math.nan, math.nan))
        return words[key].format(low=low, high=high, n=self.number.n, difference=self._difference(words))

    def _difference(self, words: Mapping[str, str]) -> str:
        assert self.reference is not None
        assert self.difference is not None
        unit, digits = self.reference.unit, self.reference.digits
        if unit == "error" and self.reference.low:
            # Rounding errors differ by factors, so their quotient says more than their difference.
            return words["times_the_original"].format(ratio=_plain(self.number.value / self.reference.low, 2))
        if unit == "percent":
            text = words["points"].format(value=_fixed(100 * self.difference, 2 if digits is None else digits))
        else:
            text = format_number(self.difference, unit, digits)
        return words["difference"].format(value=text if self.difference <= 0 else "+" + text)


def compare(number: Number, reference: Reference | None, *, is_sample: bool = False) -> Agreement:
    """Compare runs with one run of the original.

    With five runs or more the original must lie in ``mean ± t s sqrt(1 + 1/n)``, the 95% prediction interval
    for one more run, to within its own rounding; a range must overlap it. If it would not lie in the interval that
    runs without end of that spread leave, nothing is decided, lest few runs be rewarded. Fewer runs decide nothing,
    except for what is exact. The parts of claims that predict are decided in the same way (:mod:`lib.claims.parts`).
    """
    if reference is None:
        return Agreement("no reference", None, number)
    if is_sample:
        return Agreement("not compared", reference, number)
    value = number.value
    if not math.isfinite(value):
        return Agreement("undecided", reference, number)
    difference = value - min(max(value, reference.low), reference.high)
    slack = reference.rounding * (1 + 1e-9)
    if reference.exact:
        return Agreement("agrees" if abs(difference) <= slack else "differs", reference, number, difference)
    if number.n < _MIN_RUNS or number.spread is None:
        return Agreement("undecided", reference, number, difference)
    from lib.report.statistics import normal_quantile, prediction_interval_of  # Snakemake reads texts without NumPy

    low, high = prediction_interval_of(value, number.spread, number.n)
    inside = low - slack <= reference.high and reference.low <= high + slack
    surely = abs(difference) <= normal_quantile() * number.spread + slack
    if reference.unit == "percent":
        low, high = max(low, 0.0), min(high, 1.0)
    verdict: Verdict = "differs" if not inside else "agrees" if surely else "undecided"
    return Agreement(verdict, reference, number, difference, (low, high))
