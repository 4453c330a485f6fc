"""The texts that the report is put together from: captions, labels, reference values, bibliography, sections."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lib.report.hints import meant_or_allowed
from lib.report.numbers import Reference
from lib.report.summary import Column, Table
from lib.report.yaml_files import read_yaml

NEEDED = ("sections", "captions", "labels")
ENGLISH = "en"  # stands in for what another language lacks
LANGUAGE = "[a-z]{2}"  # its code
KINDS = ("figure", "table")
FORMATS = ("svg", "png")

Kind = Literal["figure", "table"]


@dataclass(frozen=True)
class Outline:
    """What a report is made of: ``report/sections.yaml``.

    ``complete`` languages have every text, ``languages`` are all of them. ``sections`` are the numbers of their
    headings by name, in the order of the report; ``volatile`` ones differ from run to run.
    """

    title: Mapping[str, str]
    languages: tuple[str, ...]
    complete: tuple[str, ...]
    sections: Mapping[str, str]
    volatile: tuple[str, ...] = ()


@dataclass(frozen=True)
class Caption:
    """A figure or a table; ``number`` counts its kind through the whole report. ``alt`` is for figures alone.

    ``experiment`` is the one it belongs to (None: to the original's own), without which it is not in a report;
    ``study`` is what makes it: the experiment, or the section it is in unless another one is named.
    """

    id: str
    kind: Kind
    section: str
    number: int
    text: Mapping[str, str]
    alt: Mapping[str, str]
    format: str = ""
    experiment: str | None = None
    study: str = ""

    @property
    def anchor(self) -> str:
        """Target of links to it."""
        return ("fig-" if self.kind == "figure" else "tab-") + self.id.replace("_", "-")

    @property
    def file(self) -> str:
        """Where the report's figure lies, beside the report's text."""
        return f"figures/{self.id}.{self.format}"

    def file_in(self, language: str) -> str:
        """Where it lies with its words in a language other than English; pixels have none."""
        return f"figures/{language}/{self.id}.svg" if self.format == "svg" else self.file


@dataclass(frozen=True)
class Source:
    """An entry of the bibliography."""

    key: str
    number: int
    text: str
    url: str


@dataclass(frozen=True)
class FigureWords:
    """Words of the figures: ``texts`` by language, then by the English text; ``keep`` are the same in all languages."""

    texts: Mapping[str, Mapping[str, str]]
    keep: tuple[str, ...]


@dataclass(frozen=True)
class Texts:
    """All of them; ``labels`` by language, then by key; ``recorded`` are tables of what was known before the run.

    ``translated`` are the languages, other than English, in which the report's figures are.
    """

    outline: Outline
    captions: Mapping[str, Caption]
    labels: Mapping[str, Mapping[str, str]]
    references: Mapping[str, Reference]
    bibliography: Mapping[str, Source]
    recorded: Mapping[str, Table] = field(default_factory=dict)
    translated: tuple[str, ...] = ()

    def figure(self, key: str, language: str) -> str:
        """Where the figure ``key`` lies, beside the report's text."""
        caption = self.captions[key]
        return caption.file_in(language) if language in self.translated else caption.file


def localised(value: Any, language: str) -> Any:
    """``value`` with every mapping from languages to texts, however deep inside, replaced by its text.

    Such a mapping has language codes for keys, English among them.
    """
    if isinstance(value, Mapping):
        if ENGLISH in value and all(re.fullmatch(LANGUAGE, str(key)) for key in value):
            return _in(language, value)
        return {key: localised(item, language) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [localised(item, language) for item in value]
    return value


def _in(language: str, text: Mapping[str, Any]) -> Any:
    return text.get(language, text[ENGLISH])


def read_outline(raw: Any) -> Outline:
    """The outline; anything wrong is a :exc:`ValueError` of one line, as it is in all that follows."""
    where = "sections.yaml"
    raw = _mapping(raw, where, "title, languages and sections")
    _check_keys(raw, where, ("title", "languages", "sections"), ("unfinished", "volatile"))
    complete, unfinished = (_languages(raw.get(key, []), f"{where}: {key}") for key in ("languages", "unfinished"))
    if ENGLISH not in complete:
        raise ValueError(f"{where}: languages: {ENGLISH} is missing; it stands in for what another language lacks")
    if both := set(complete) & set(unfinished):
        raise ValueError(f"{where}: unfinished: {min(both)} is among the languages that have every text")
    sections = _mapping(raw["sections"], f"{where}: sections", "numbers of headings by section")
    if not sections:
        raise ValueError(f"{where}: sections: a report needs one at least")
    for key, number in sections.items():
        if isinstance(number, bool) or not isinstance(number, str | int | float) or not str(number):
            raise ValueError(f"{where}: sections: {key}: expected the number of its heading, not {_shown(number)}")
    volatile = _names(raw.get("volatile", []), f"{where}: volatile", "[runtime]")
    if unknown := [name for name in volatile if name not in sections]:
        hint = meant_or_allowed(unknown[0], sections)
        raise ValueError(f"{where}: volatile: unknown section {unknown[0]!r}{hint}")
    title = _mapping(raw["title"], f"{where}: title", f"a text in {' and in '.join(complete)}")
    _check_keys(title, f"{where}: title", complete, unfinished)
    _check_texts(title, f"{where}: title", (*complete, *unfinished))
    numbers = {key: str(number) for key, number in sections.items()}
    return Outline(title, (*complete, *unfinished), complete, numbers, volatile)


def read_captions(raw: Any, outline: Outline) -> dict[str, Caption]:
    """Captions in the order of their sections, within one in that of the file, numbered by kind.

    A run has a copy of the file without those whose experiment it lacks (:mod:`lib.workflow.report_files`).
    """
    counts = dict.fromkeys(KINDS, 0)
    captions: dict[str, Caption] = {}
    entries, order = _captions(raw), list(outline.sections)
    for key, entry in entries.items():
        _check_caption(entry, f"captions.yaml: {key}", outline)
    for key, entry in sorted(entries.items(), key=lambda item: order.index(item[1]["section"])):
        kind, section = entry["kind"], entry["section"]
        counts[kind] += 1
        text = {language: _one_line(_in(language, entry)) for language in outline.languages}
        alt = {language: _one_line(_in(language, entry["alt"])) for language in outline.languages if "alt" in entry}
        captions[key] = Caption(
            key,
            kind,
            section,
            counts[kind],
            text,
            alt,
            format=entry.get("format", ""),
            experiment=entry.get("experiment"),
            study=entry.get("experiment") or entry.get("study") or section,
        )
    return captions


def experiments_of(captions: Any) -> list[str]:
    """The experiments that captions belong to, in the order of the report: a run may leave any of them out."""
    entries = _captions(captions).values()
    return list(dict.fromkeys(entry["experiment"] for entry in entries if "experiment" in entry))


def _captions(raw: Any) -> Mapping[str, Mapping[str, Any]]:
    """The captions, each of them a mapping, with an experiment that is a name if it has one."""
    for key, entry in _mapping(raw, "captions.yaml", "captions by id").items():
        _mapping(entry, f"captions.yaml: {key}", "kind, section and texts")
        _check_texts(entry, f"captions.yaml: {key}", ("experiment", "study"))
    return raw


def _check_caption(entry: Mapping[str, Any], where: str, outline: Outline) -> None:
    kind = entry.get("kind")
    if kind not in KINDS:
        raise ValueError(f"{where}: kind must be figure or table, not {_shown(kind)}")
    _check_keys(
        entry,
        where,
        ("kind", "section", *(("format", "alt") if kind == "figure" else ()), *outline.complete),
        ("experiment", "study", *outline.languages),
    )
    _check_texts(entry, where, ("section", *outline.languages))
    if entry["section"] not in outline.sections:
        hint = meant_or_allowed(entry["section"], outline.sections)
        raise ValueError(f"{where}: unknown section {entry['section']!r}{hint}")
    if kind == "figure":
        if entry["format"] not in FORMATS:
            raise ValueError(f"{where}: format must be svg or png, not {_shown(entry['format'])}")
        _check_languages(entry["alt"], f"{where}: alt", outline)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def read_labels(raw: Any, outline: Outline) -> dict[str, dict[str, str]]:
    """Labels by language, the report's title among them."""
    raw = {"title": outline.title, **_mapping(raw, "labels.yaml", "labels by key")}
    for key, entry in raw.items():
        _check_languages(entry, f"labels.yaml: {key}", outline)
    return {language: {key: _in(language, entry) for key, entry in raw.items()} for language in outline.languages}


def read_bibliography(raw: Any) -> dict[str, Source]:
    """Sources numbered in the order of the file; an empty file has none."""
    sources: dict[str, Source] = {}
    for key, entry in _mapping(raw or {}, "references.yaml", "sources by key").items():
        where = f"references.yaml: {key}"
        _check_keys(_mapping(entry, where, "text and url"), where, ("text", "url"))
        _check_texts(entry, where, ("text", "url"))
        sources[key] = Source(key, len(sources) + 1, _one_line(entry["text"]), entry["url"])
    return sources


def read_references(raw: Any) -> dict[str, Reference]:
    """Reference values by number id; an empty file has none."""
    references = {}
    for key, entry in _mapping(raw or {}, "reference_values.yaml", "reference values by id of a number").items():
        where = f"reference_values.yaml: {key}"
        try:
            references[key] = Reference.from_mapping(_mapping(entry, where, "value and unit"))
        except ValueError as error:
            raise error if str(error).startswith(where) else ValueError(f"{where}: {error}") from None
    return references


def read_recorded(raw: Any, outline: Outline) -> dict[str, Table]:
    """Tables by id; an empty file has none."""
    tables = {}
    for key, entry in _mapping(raw or {}, "recorded.yaml", "tables by id").items():
        where = f"recorded.yaml: {key}"
        _check_keys(_mapping(entry, where, "columns and rows"), where, ("columns", "rows"))
        columns = []
        for name, column in _mapping(entry["columns"], f"{where}: columns", "columns by key").items():
            place = f"{where}: columns: {name}"
            optional = ("unit", "digits", *outline.languages)
            _check_keys(_mapping(column, place, "labels"), place, outline.complete, optional)
            label = {language: text for language, text in column.items() if language in outline.languages}
            try:
                columns.append(Column(name, label, column.get("unit", "text"), column.get("digits")))
            except ValueError as error:
                raise ValueError(f"{place}: {error}") from None
        for i, row in enumerate(entry["rows"], 1):
            _check_keys(_mapping(row, f"{where}: row {i}", "cells"), f"{where}: row {i}", (), list(entry["columns"]))
        tables[key] = Table(columns, entry["rows"])
    return tables


def read_figure_words(raw: Any) -> FigureWords:
    """The words of the figures; a language may lack some of them."""
    where = "figure_words.yaml"
    _check_keys(_mapping(raw, where, "keep and texts"), where, ("keep", "texts"))
    texts: dict[str, dict[str, str]] = {}
    for key, entry in _mapping(raw["texts"], f"{where}: texts", "translations by English text").items():
        place = f"{where}: texts: {key}"
        languages = _languages(list(_mapping(entry, place, "a text by language")), place)
        _check_texts(entry, place, languages)
        for language in languages:
            texts.setdefault(language, {})[key] = entry[language]
            _check_places(key, entry[language], f"{place}: {language}")
    return FigureWords(texts, _names(raw["keep"], f"{where}: keep", "[CNN]"))


def _check_places(key: str, text: str, where: str) -> None:
    """``text`` must take no more than ``key`` has of what ``{}`` stands for."""
    try:
        text.format(*[""] * key.count("{}"))
    except (LookupError, ValueError):
        raise ValueError(f"{where}: {_shown(text)} has other {{}} than the English text") from None


# What is wrong with an entry


def _shown(value: Any) -> str:
    """A wrong value in few words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"{str(value).lower()} (in YAML, on, off, yes and no need quotation marks)"
    if isinstance(value, Mapping | list):
        return "a list" if isinstance(value, list) else "a mapping"
    return reprlib.repr(value)


def _mapping(value: Any, where: str, expected: str) -> Mapping[str, Any]:
    """``value`` if it is a mapping whose keys are texts."""
    if not isinstance(value, Mapping):
        empty = "; for none write {}" if value is None else ""
        raise ValueError(f"{where}: expected {expected}, not {_shown(value)}{empty}")
    for key in value:
        if not isinstance(key, str):
            raise ValueError(f"{where}: a key must be a text, not {_shown(key)}")
    return value


def _check_keys(entry: Mapping[str, Any], where: str, needed: Sequence[str], optional: Sequence[str] = ()) -> None:
    allowed = list(dict.fromkeys((*needed, *optional)))
    # A misspelt key is missing too: its message says what was meant.
    if unknown := [key for key in entry if key not in allowed]:
        raise ValueError(f"{where}: unknown key {unknown[0]!r}{meant_or_allowed(unknown[0], allowed)}")
    if missing := [key for key in needed if key not in entry]:
        raise ValueError(f"{where}: missing: {', '.join(missing)}")


def _check_texts(entry: Mapping[str, Any], where: str, keys: Sequence[str]) -> None:
    """Those of ``keys`` that are there must be texts."""
    for key in keys:
        if key in entry and not isinstance(entry[key], str):
            quoted = " (in YAML, a number needs quotation marks)" if type(entry[key]) in (int, float) else ""
            raise ValueError(f"{where}: {key}: expected a text, not {_shown(entry[key])}{quoted}")


def _check_languages(entry: Any, where: str, outline: Outline) -> None:
    """A text in each complete language, and maybe in others."""
    _mapping(entry, where, f"a text in {' and in '.join(outline.complete)}")
    _check_keys(entry, where, outline.complete, outline.languages)
    _check_texts(entry, where, outline.languages)


def _names(value: Any, where: str, example: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{where}: expected a list such as {example}, not {_shown(value)}")
    for name in value:
        if not isinstance(name, str):
            raise ValueError(f"{where}: expected names, such as {example}, not {_shown(name)}")
        if value.count(name) > 1:
            raise ValueError(f"{where}: {name!r} is there twice")
    return tuple(value)


def _languages(value: Any, where: str) -> tuple[str, ...]:
    """Codes of languages, as :func:`localised` knows them by."""
    names = _names(value, where, "[en]")
    for name in names:
        if not re.fullmatch(LANGUAGE, name):
            raise ValueError(f"{where}: {name!r} is no code of a language: two small letters, such as en")
    return names


def load_texts(folder: str | Path) -> Texts:
    """Read outline, captions and labels of a folder, and what else it has: the other files may be missing."""

    def read(name: str) -> Any:
        path = Path(folder) / f"{name}.yaml"
        return read_yaml(path) if path.is_file() or name in NEEDED else {}

    outline = read_outline(read("sections"))
    words = read("figure_words")
    translated = read_figure_words(words).texts if words else {}
    return Texts(
        outline,
        read_captions(read("captions"), outline),
        read_labels(read("labels"), outline),
        read_references(read("reference_values")),
        read_bibliography(read("references")),
        read_recorded(read("recorded"), outline),
        tuple(language for language in outline.languages if language in translated and language != ENGLISH),
    )
