"""The words of a figure in another language: texts of a finished SVG, one by one, in place of the English ones."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from html import escape, unescape

STAYS = "{}"  # in an entry: anything, such as a number, or a text that has an entry of its own
_TEXT = re.compile(r"(<text\b[^>]*>)(.*?)(?=</text>)", re.DOTALL)
# What an axis or a curve is called, in the note that lib.report.curves writes.
_NAME = re.compile(r'("(?:name|title)":)("(?:[^"\\]|\\.)*")')
_SPAN = re.compile(r"<tspan\b[^>]*>([^<]*)</tspan>")
_WORD = re.compile(r"(?<![\w.])[A-Za-z]+(?:-\w+)*")


def translated(svg: str, words: Mapping[str, str]) -> str:
    """The SVG with every text that ``words`` has replaced; those that they lack stay as they are.

    Keys are whole texts of one line, in which ``{}`` stands for anything; their values have ``{}`` in the same order,
    or numbered from ``{0}``. Text with spans is a formula, whose letters stand for themselves.
    """
    patterns = _patterns(words)

    def replaced(match: re.Match[str]) -> str:
        if "<" in match[2]:
            return match[0]
        return match[1] + escape(_translated(unescape(match[2]), words, patterns), quote=False)

    def renamed(match: re.Match[str]) -> str:
        name = _translated(json.loads(unescape(match[2])), words, patterns)
        return match[1] + escape(json.dumps(name, ensure_ascii=False), quote=False)

    return _NAME.sub(renamed, _TEXT.sub(replaced, svg))


def _patterns(words: Mapping[str, str]) -> list[tuple[re.Pattern[str], str]]:
    """Entries with ``{}``, those that say most first."""
    keys = sorted((key for key in words if STAYS in key), key=lambda key: (-len(key.replace(STAYS, "")), key))
    return [(re.compile("(.+?)".join(map(re.escape, key.split(STAYS)))), words[key]) for key in keys]


def _translated(text: str, words: Mapping[str, str], patterns: list[tuple[re.Pattern[str], str]]) -> str:
    if text in words:
        return words[text]
    for pattern, meaning in patterns:
        if match := pattern.fullmatch(text):
            return meaning.format(*(_translated(part, words, patterns) for part in match.groups()))
    return text


def texts_of(svg: str) -> Iterator[str]:
    """Every text of an SVG, the letters of a formula together, and every name in the note of its curves."""
    for match in _TEXT.finditer(svg):
        yield unescape("".join(_SPAN.findall(match[2])) if "<" in match[2] else match[2])
    for match in _NAME.finditer(svg):
        yield json.loads(unescape(match[2]))


def left(svg: str, keep: Collection[str]) -> list[str]:
    """The texts of an SVG that have a Latin word which is not one of ``keep``, each once."""
    found = (text for text in texts_of(svg) if not set(_WORD.findall(text)) <= set(keep))
    return list(dict.fromkeys(found))
