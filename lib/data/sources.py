"""The source list, ``sources.yaml``, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SOURCES_FILE = Path(__file__).with_name("sources.yaml")


@dataclass(frozen=True)
class SourceFile:
    """One file as mirrors serve it, and what is known of its bytes.

    ``sha256``, ``md5`` and ``size`` describe the file as served, or what is inside its gzip when
    ``unpacked``. ``commit`` is the git commit that a git archive names in its header.
    """

    name: str
    format: str
    unpacked: bool = False
    sha256: str | None = None
    md5: str | None = None
    size: int | None = None
    commit: str | None = None


@dataclass(frozen=True)
class PublicMirror:
    """An address: a folder when it ends in ``/``, else the file called ``file`` in the list of files."""

    url: str
    file: str | None = None


@dataclass(frozen=True)
class Source:
    """One data set: its files, public mirrors in order, record counts and content digests per split."""

    name: str
    title: str
    counts: Mapping[str, int]
    content: Mapping[str, str]
    files: tuple[SourceFile, ...]
    public: tuple[PublicMirror, ...]


def _source(name: str, entry: dict[str, Any]) -> Source:
    return Source(
        name=name,
        title=entry["title"],
        counts=dict(entry["counts"]),
        content=dict(entry["content"]),
        files=tuple(SourceFile(**file) for file in entry["files"]),
        public=tuple(PublicMirror(**mirror) for mirror in entry["public"]),
    )


def load_sources(path: Path | str = SOURCES_FILE) -> dict[str, Source]:
    """Read the source list; keys are the names of the data sets.

    Raises ``ValueError`` with one line naming the file and the entry that is incomplete or unknown.
    """
    with open(path, encoding="utf-8") as file:
        entries = yaml.safe_load(file)
    sources: dict[str, Source] = {}
    for name, entry in entries.items():
        try:
            sources[name] = _source(name, entry)
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path}: {name}: incomplete or unknown entry: {error}") from error
    return sources
