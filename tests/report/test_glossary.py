"""Both languages keep to the glossary: one word for one thing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lib.report.texts import read_outline
from lib.report.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "report"
GLOSSARY = read_yaml(REPORT / "glossary.yaml")
OUTLINE = read_outline(read_yaml(REPORT / "sections.yaml"))
LANGUAGES = OUTLINE.complete
# What readers do not see, or see as code, as a formula, or as a quotation, and addresses.
PARTS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|`[^`]*`|\$[^$]*\$|\]\([^)]*\)|“[^”]*”", re.DOTALL)


def words_of(value: object, language: str) -> list[str]:
    """Every text of that language in a nested value."""
    if isinstance(value, dict):
        own = [value[language]] if isinstance(value.get(language), str) else []
        return own + [text for item in value.values() for text in words_of(item, language)]
    return [text for item in value for text in words_of(item, language)] if isinstance(value, list) else []


def texts(language: str) -> dict[str, str]:
    """What readers see of every template, data file and table, without code, formulas and what Jinja fills in."""
    found = {path.name: path.read_text(encoding="utf-8") for path in REPORT.glob(f"sections/*.{language}.md.j2")}
    for name in ("sections", "captions", "labels", "claims"):
        found[name] = "\n".join(words_of(read_yaml(REPORT / f"{name}.yaml"), language))
    for path in [*ROOT.glob("lib/summaries/*.py"), *ROOT.glob("lib/studies/*.py")]:
        pairs = re.findall(r'\bboth\(\s*f?"([^"]*)",\s*f?"([^"]*)"', path.read_text(encoding="utf-8"))
        found[path.name] = "\n".join(pair[language == "en"] for pair in pairs)
    return {name: PARTS.sub(" ", text).lower() for name, text in found.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_the_glossary_are_used_and_their_rivals_are_not(language):
    found = texts(language)
    assert len(found) > len(OUTLINE.sections)
    everything = "\n".join(found.values())
    assert [key for key, entry in GLOSSARY.items() if entry[language] not in everything] == []
    rivals = [rival for entry in GLOSSARY.values() for rival in entry["instead"][language]]
    assert [(name, rival) for name, text in found.items() for rival in rivals if rival in text] == []


def test_every_entry_has_both_languages_and_no_word_is_its_own_rival():
    for key, entry in GLOSSARY.items():
        assert set(entry) == {*LANGUAGES, "instead"}, key
        assert set(entry["instead"]) == set(LANGUAGES), key
        for other in GLOSSARY.values():
            assert not {other["zh"], other["en"]} & {*entry["instead"]["zh"], *entry["instead"]["en"]}, key
