"""Formulas in LaTeX to MathML that browsers show without scripts or fonts of their own."""

from __future__ import annotations

import re
from html import escape

from latex2mathml import converter

_ONE_LETTER = re.compile(r"\\(mathbf|mathbb|mathcal|boldsymbol|mathrm)\s+([A-Za-z])")
# Symbols that the converter takes for letters, so that they would stand without space around them.
_OPERATORS = {
    "<mi>&#x0007E;</mi>": "<mo>&#x0223C;</mo>",  # \sim
    "<mi>&#x000B1;</mi>": "<mo>&#x000B1;</mo>",  # \pm
    "<mi>&#x02213;</mi>": "<mo>&#x02213;</mo>",  # \mp
}
# Names of functions that the converter takes for operators, so that too much space would stand around them.
_NAMED = re.compile(r"<mo>([a-z]{2,})</mo>")
_BOLD_ITALIC = re.compile(r'<mi mathvariant="bold-italic">(?:([A-Za-z])|&#x0*(3[0-9A-F]{2});)</mi>')
_LEFTOVER = re.compile(r"<m[ion]>(?:\\\w*|&)</m[ion]>")


def _bold_italic(match: re.Match[str]) -> str:
    letter = match[1] or chr(int(match[2], 16))
    # MathML Core knows no bold variant: the letters have code points of their own.
    for first, last, start in (
        ("A", "Z", 0x1D468),
        ("a", "z", 0x1D482),
        ("Α", "Ω", 0x1D71C),
        ("α", "ω", 0x1D736),
    ):
        if first <= letter <= last:
            return f"<mi>&#x{start + ord(letter) - ord(first):X};</mi>"
    return match[0]


def to_mathml(formula: str, *, block: bool = False) -> str:
    """A ``<math>`` element, with the formula itself as its text for readers that have no MathML.

    A formula that is wrong, or that has a command the converter does not know, is a :exc:`ValueError`.
    """
    prepared = _ONE_LETTER.sub(r"\\\1{\2}", formula)
    prepared = prepared.replace("{aligned}", "{split}").replace("{align}", "{align*}")
    try:
        mathml = converter.convert(prepared, display="block" if block else "inline")
    except Exception as error:  # the converter's exceptions have no class in common
        raise ValueError(f"formula ${formula}$: {type(error).__name__}") from error
    for wrong, right in _OPERATORS.items():
        mathml = mathml.replace(wrong, right)
    mathml = _NAMED.sub(r"<mi>\1</mi>", mathml)
    mathml = _BOLD_ITALIC.sub(_bold_italic, mathml)
    leftover = _LEFTOVER.search(mathml)
    if leftover:
        raise ValueError(f"formula ${formula}$: {leftover[0][4:-5]!r} is not understood")
    return mathml.replace("<math ", f'<math alttext="{escape(formula)}" ', 1)
