"""The texts that the report is put together from: captions, labels, reference values, bibliography, sections."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from lib.report.numbers import Reference

YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where it is there, is nine times as fast
NEEDED = ("sections", "captions", "labels")
ENGLISH = "en"  # stands in for what another language lacks

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

    ``experiment`` is the one it belongs to (None: to the original's own), without which it is not in a report.
    """

    id: str
    kind: Kind
    section: str
    number: int
    text: Mapping[str, str]
    alt: Mapping[str, str]
    format: str = ""
    experiment: str | None = None

    @property
    def anchor(self) -> str:
        """Target of links to it."""
        return ("fig-" if self.kind == "figure" else "tab-") + self.id.replace("_", "-")

    @property
    def file(self) -> str:
        """Where the report's figure lies, beside the report's text."""
        return f"figures/{self.id}.{self.format}"


@dataclass(frozen=True)
class Source:
    """An entry of the bibliography."""

    key: str
    number: int
    text: str
    url: str


@dataclass(frozen=True)
class Texts:
    """All of them; ``labels`` by language, then by key."""

    outline: Outline
    captions: Mapping[str, Caption]
    labels: Mapping[str, Mapping[str, str]]
    references: Mapping[str, Reference]
    bibliography: Mapping[str, Source]


def localised(value: Any, language: str) -> Any:
    """``value`` with every mapping from languages to texts, however deep inside, replaced by its text.

    Such a mapping has language codes for keys, English among them.
    """
    if isinstance(value, Mapping):
        if ENGLISH in value and all(re.fullmatch("[a-z]{2}", str(key)) for key in value):
            return _in(language, value)
        return {key: localised(item, language) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [localised(item, language) for item in value]
    return value


def _in(language: str, text: Mapping[str, Any]) -> Any:
    return text.get(language, text[ENGLISH])


def _differences(entry: Mapping[str, Any], needed: set[str], optional: set[str]) -> str:
    """Keys that are missing or unknown, as one text; empty where there are none."""
    return ", ".join(sorted((needed - set(entry)) | (set(entry) - needed - optional)))


def read_outline(raw: Mapping[str, Any]) -> Outline:
    """The outline; anything missing or unknown is a :exc:`ValueError`."""
    optional = {"unfinished", "volatile"}
    if differences := _differences(raw, {"title", "languages", "sections"}, optional):
        raise ValueError(f"sections: missing or unknown: {differences}")
    complete, sections = tuple(raw["languages"]), {str(key): str(number) for key, number in raw["sections"].items()}
    if ENGLISH not in complete:
        raise ValueError(f"sections: languages: {ENGLISH} is missing; it stands in for what another language lacks")
    volatile = tuple(raw.get("volatile", ()))
    if unknown := [name for name in volatile if name not in sections]:
        raise ValueError(f"sections: volatile: unknown section {unknown[0]!r}; allowed: {', '.join(sections)}")
    if differences := _differences(raw["title"], set(complete), set(raw.get("unfinished", ()))):
        raise ValueError(f"sections: title: missing or unknown: {differences}")
    return Outline(raw["title"], (*complete, *raw.get("unfinished", ())), complete, sections, volatile)


def read_captions(raw: Mapping[str, Mapping[str, Any]], outline: Outline) -> dict[str, Caption]:
    """Captions in the order of the file, numbered by kind; anything missing or unknown is a :exc:`ValueError`.

    A run has a copy of the file without those whose experiment it lacks (:meth:`lib.workflow.run.Run.captions`).
    """
    counts = {"figure": 0, "table": 0}
    captions: dict[str, Caption] = {}
    order, complete, languages = list(outline.sections), set(outline.complete), set(outline.languages)
    last = 0
    for key, entry in raw.items():
        kind = entry.get("kind")
        if kind not in counts:
            raise ValueError(f"captions: {key}: kind must be figure or table, not {kind!r}")
        needed = {"kind", "section"} | complete | ({"alt", "format"} if kind == "figure" else set())
        if differences := _differences(entry, needed, {"experiment"} | languages):
            raise ValueError(f"captions: {key}: missing or unknown: {differences}")
        if kind == "figure" and (
            entry["format"] not in ("svg", "png") or _differences(entry["alt"], complete, languages)
        ):
            raise ValueError(
                f"captions: {key}: format must be svg or png, and alt has a text in {', '.join(outline.complete)}"
            )
        if entry["section"] not in order or order.index(entry["section"]) < last:
            raise ValueError(f"captions: {key}: section {entry['section']!r} is unknown or out of order")
        last = order.index(entry["section"])
        counts[kind] += 1
        text = {language: _one_line(_in(language, entry)) for language in outline.languages}
        alt = {language: _one_line(_in(language, entry["alt"])) for language in outline.languages if "alt" in entry}
        captions[key] = Caption(
            key,
            kind,
            entry["section"],
            counts[kind],
            text,
            alt,
            format=entry.get("format", ""),
            experiment=entry.get("experiment"),
        )
    return captions


def experiments_of(captions: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The experiments that captions belong to, in the order of the report: a run may leave any of them out."""
    return list(dict.fromkeys(entry["experiment"] for entry in captions.values() if "experiment" in entry))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def read_labels(raw: Mapping[str, Mapping[str, str]], outline: Outline) -> dict[str, dict[str, str]]:
    """Labels by language, the report's title among them; one that lacks a language is a :exc:`ValueError`."""
    raw = {"title": outline.title, **raw}
    for key, entry in raw.items():
        if _differences(entry, set(outline.complete), set(outline.languages)):
            raise ValueError(f"labels: {key}: needs a text in {' and in '.join(outline.complete)}")
    return {language: {key: _in(language, entry) for key, entry in raw.items()} for language in outline.languages}


def read_bibliography(raw: Mapping[str, Mapping[str, str]]) -> dict[str, Source]:
    """Sources numbered in the order of the file."""
    return {
        key: Source(key, number, _one_line(entry["text"]), entry["url"])
        for number, (key, entry) in enumerate(raw.items(), start=1)
    }


def read_references(raw: Mapping[str, Mapping[str, Any]]) -> dict[str, Reference]:
    """Reference values by number id; a wrong entry is a :exc:`ValueError` that names it."""
    references = {}
    for key, entry in raw.items():
        try:
            references[key] = Reference.from_mapping(entry)
        except ValueError as error:
            raise ValueError(f"reference values: {key}: {error}") from error
    return references


def load_texts(folder: str | Path) -> Texts:
    """Read outline, captions and labels of a folder, and reference values and bibliography if it has them."""

    def read(name: str) -> Any:
        path = Path(folder) / f"{name}.yaml"
        return read_yaml(path) if path.is_file() or name in NEEDED else {}

    outline = read_outline(read("sections"))
    return Texts(
        outline,
        read_captions(read("captions"), outline),
        read_labels(read("labels"), outline),
        read_references(read("reference_values")),
        read_bibliography(read("references")),
    )


def read_yaml(path: Path) -> Any:
    """Content of a YAML file; bad syntax is a :exc:`ValueError`."""
    return parse_yaml(path.read_text(encoding="utf-8"), path.name)


def parse_yaml(text: str, name: str) -> Any:
    """Content of YAML ``text``; bad syntax is a :exc:`ValueError` that tells the ``name`` and the line."""
    try:
        return yaml.load(text, Loader=YAML_LOADER)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{name}: {line}{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ValueError(f"{name}: {' '.join(str(error).split())}") from None
