"""Formulas as MathML, and the font that comes with them."""

from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ElementTree
from itertools import chain

import pytest
from fontTools.ttLib import TTFont

from lib.report.formulas import to_mathml
from lib.report.markdown import parser
from tests.report.outcomes import OUTLINE, ROOT, Outcome


def test_letters_that_browsers_cannot_style_have_their_own_code_points():
    assert "mathvariant" not in to_mathml(r"\mathbf{W} \boldsymbol{x} \mathcal N \mathbb R \boldsymbol{\alpha}")
    assert "<mo>&#x0223C;</mo>" in to_mathml(r"x \sim p")
    assert "<mi>max</mi>" in to_mathml(r"\max(x, 0)")
    assert 'alttext="a &lt; b"' in to_mathml("a < b")


@pytest.fixture(scope="module")
def font() -> TTFont:
    """The one that the style sheet brings."""
    [data] = re.findall(r"url\(\"data:font/woff;base64,([^\"]*)\"\)", (ROOT / "report/math.css").read_text("utf-8"))
    return TTFont(io.BytesIO(base64.b64decode(data)))


def italic(letter: str) -> str:
    """What a browser shows for an ``<mi>`` of one letter (MathML Core, appendix C.1)."""
    for first, last, start in (("A", "Z", 0x1D434), ("a", "z", 0x1D44E), ("α", "ω", 0x1D6FC)):
        if first <= letter <= last:
            return "\u210e" if letter == "h" else chr(start + ord(letter) - ord(first))
    return letter


def characters(formula: str) -> set[str]:
    """Those that a browser looks up in the font; Chinese words are in the font of the text."""
    found = set()
    for one in ElementTree.fromstring(to_mathml(formula)).iter():
        text = one.text or ""
        found |= {italic(text)} if one.tag.endswith("}mi") and len(text) == 1 else set(text)
    return {one for one in found if not one.isspace() and not "\u3000" <= one <= "\uffef"}


def formulas(section: str, language: str, outcome: Outcome) -> set[str]:
    tokens = parser().parse(outcome.render(section, language).text)
    every = chain.from_iterable((block, *(block.children or ())) for block in tokens)
    return {token.content for token in every if token.type in ("math_inline", "math_block")}


@pytest.mark.parametrize("language", OUTLINE.languages)
def test_every_character_of_a_formula_is_in_the_font(font: TTFont, language: str, outcome: Outcome) -> None:
    used = set().union(*(formulas(section, language, outcome) for section in OUTLINE.sections))
    assert len(used) > 50
    known = font.getBestCmap()
    missing = {formula: bad for formula in used if (bad := {c for c in characters(formula) if ord(c) not in known})}
    assert missing == {}


def test_brackets_and_roots_grow_with_what_they_hold(font: TTFont) -> None:
    variants = font["MATH"].table.MathVariants
    grown = set(variants.VertGlyphCoverage.glyphs)
    assert {font.getBestCmap()[ord(one)] for one in "([{√∑‖"} <= grown
