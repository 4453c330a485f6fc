"""No result is written by hand: a number in the prose of a template is one of a few constants with a reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SECTIONS = Path(__file__).resolve().parents[2] / "report" / "sections"
# What a digit in the prose may be. Everything else comes from numbers, settings or references.
CONSTANTS = (
    r"CIFAR-10",
    r"CS231n",  # the course
    r"SHA-256",
    r"float64",
    r"95%",  # level of all intervals (lib.report.statistics)
    r"90%",  # level at which two one-sided tests at 5% are one interval
    r"(?<!\d)5%",  # level of the tests, likewise
    r"0\.05",
    r"100%",  # what "learned by heart" means
    r"0–255",  # of uint8
    r"[35]×[35]|32×32",  # kernels and images of the architecture
    r"N\(0, 0\.01²\)",  # of the initialisation
    r"n = 1(?!\d)",  # what follows speaks of a single run, which its condition has made sure of
    r"(in step|stride of|步长为|第) (1|2|10)(?!\d)",  # steps that the text picks out, and max-pooling
    r"填充 1 像素",
    r"\bW2\b|\bb3\b",  # names of parameters
)
LIST_ITEM = r"^\d+\. "


def prose(text: str) -> str:
    """A template without expressions, comments, formulas, code, headings and links."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\$[^$\n]*\$|`[^`\n]*`|\]\([^)]*\)", "", text)
    return re.sub(rf"^#+ .*$|{LIST_ITEM}", "", text, flags=re.MULTILINE)


def literals(text: str) -> list[str]:
    """Digits in the prose that are none of the constants, each with what stands around it."""
    left = prose(text)
    for constant in CONSTANTS:
        left = re.sub(constant, lambda match: re.sub(r"\d", "_", match[0]), left)
    return [left[max(0, m.start() - 30) : m.end() + 20] for m in re.finditer(r"\d+", left)]


@pytest.mark.parametrize("template", sorted(SECTIONS.glob("*.j2")), ids=lambda path: path.name)
def test_no_number_is_written_by_hand(template: Path) -> None:
    assert literals(template.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "sentence",
    ["The CNN gets 92.79%.", "It is 3 points better.", "MLP 的测试准确率为 55.71%。", "n = 12 runs, p = 0.03"],
)
def test_a_result_written_by_hand_is_found(sentence: str) -> None:
    assert literals(sentence)


def test_numbers_from_results_are_no_literals() -> None:
    assert (
        literals('The CNN gets {{ num("cifar.test_accuracy.cnn", digits=2) }} (95% interval, n = 1) on CIFAR-10.') == []
    )
