"""The texts that the report is put together from: captions, labels, reference values, bibliography, sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from lib.report.numbers import Reference

LANGUAGES = ("zh", "en")
COMPLETE = ("zh", "en")  # these have every text; in another one, English stands in for what it lacks

# File name of each section, in the order of the report, with the number that its heading carries.
SECTIONS: Mapping[str, str] = {
    "overview": "0",  # the first screen: no number in its heading
    "purpose": "1",
    "network": "2.1",
    "datasets": "2.2",
    "gradients": "2.3",
    "overfit": "2.4",
    "optimizers": "2.5",
    "mnist": "2.6",
    "cifar": "2.7",
    "gray": "2.8",
    "discussion": "3",
    "claims": "A",
    "provenance": "B",
    "environment": "C",
    "runtime": "D",
    "references": "E",
}
VOLATILE = ("environment", "runtime")  # they differ from run to run; everything else must not

Kind = Literal["figure", "table"]


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

    captions: Mapping[str, Caption]
    labels: Mapping[str, Mapping[str, str]]
    references: Mapping[str, Reference]
    bibliography: Mapping[str, Source]


def localised(value: Any, language: str) -> Any:
    """``value`` with every mapping from languages to texts, however deep inside, replaced by its text."""
    if isinstance(value, Mapping):
        if set(COMPLETE) <= set(value) <= set(LANGUAGES):
            return _in(language, value)
        return {key: localised(item, language) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [localised(item, language) for item in value]
    return value


def _in(language: str, text: Mapping[str, Any]) -> Any:
    return text.get(language, text["en"])


def _differences(entry: Mapping[str, Any], needed: set[str], optional: set[str]) -> str:
    """Keys that are missing or unknown, as one text; empty where there are none."""
    return ", ".join(sorted((needed - set(entry)) | (set(entry) - needed - optional)))


def read_captions(raw: Mapping[str, Mapping[str, Any]]) -> dict[str, Caption]:
    """Captions in the order of the file, numbered by kind; anything missing or unknown is a :exc:`ValueError`.

    A run has a copy of the file without those whose experiment it lacks (:meth:`lib.workflow.run.Run.captions`).
    """
    counts = {"figure": 0, "table": 0}
    captions: dict[str, Caption] = {}
    order = list(SECTIONS)
    last = 0
    for key, entry in raw.items():
        kind = entry.get("kind")
        if kind not in counts:
            raise ValueError(f"captions: {key}: kind must be figure or table, not {kind!r}")
        needed = {"kind", "section", *COMPLETE} | ({"alt", "format"} if kind == "figure" else set())
        if differences := _differences(entry, needed, {"experiment", *LANGUAGES}):
            raise ValueError(f"captions: {key}: missing or unknown: {differences}")
        if kind == "figure" and (
            entry["format"] not in ("svg", "png") or _differences(entry["alt"], set(COMPLETE), set(LANGUAGES))
        ):
            raise ValueError(f"captions: {key}: format must be svg or png, and alt has a text in zh and in en")
        if entry["section"] not in order or order.index(entry["section"]) < last:
            raise ValueError(f"captions: {key}: section {entry['section']!r} is unknown or out of order")
        last = order.index(entry["section"])
        counts[kind] += 1
        text = {language: _one_line(_in(language, entry)) for language in LANGUAGES}
        alt = {language: _one_line(_in(language, entry["alt"])) for language in LANGUAGES if "alt" in entry}
        captions[key] = Caption(
            *(key, kind, entry["section"], counts[kind], text, alt),
            format=entry.get("format", ""),
            experiment=entry.get("experiment"),
        )
    return captions


def _one_line(text: str) -> str:
    return " ".join(text.split())


def read_labels(raw: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Labels by language; one that lacks Chinese or English is a :exc:`ValueError`."""
    for key, entry in raw.items():
        if _differences(entry, set(COMPLETE), set(LANGUAGES)):
            raise ValueError(f"labels: {key}: needs a text in zh and in en")
    return {language: {key: _in(language, entry) for key, entry in raw.items()} for language in LANGUAGES}


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
    """Read captions, labels, reference values and bibliography of the folder ``report/``."""

    def read(name: str) -> Any:
        return yaml.safe_load((Path(folder) / name).read_text(encoding="utf-8"))

    return Texts(
        read_captions(read("captions.yaml")),
        read_labels(read("labels.yaml")),
        read_references(read("reference_values.yaml")),
        read_bibliography(read("references.yaml")),
    )
