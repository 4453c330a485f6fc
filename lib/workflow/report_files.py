"""The texts, templates and styles of a run's report, copied for its jobs, and the figures and tables they ask for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from lib.report.needs import Needs
from lib.report.texts import NEEDED, Texts, experiments_of, load_texts
from lib.report.yaml_files import read_yaml
from lib.workflow.files import stable_json
from lib.workflow.own_files import read_own
from lib.workflow.small_files import SmallFiles
from lib.workflow.templates import Templates

# A report may lack the last four.
TEXTS = ("sections", "captions", "labels", "reference_values", "references", "recorded", "figure_words")
SHARED = (
    "labels.yaml",
    "style.css",
    "math.css",
    "pages/page.html.j2",
)  # what a report in a folder of its own may take from report/


class ReportFiles:
    """Files of the report's folder.

    Parameters
    ----------
    files : writes the copies
    root : the project's folder
    folders : with texts, templates and styles, relative to ``root``; a file is taken from the first that has it
    experiments : that this run has; captions of others are left out
    """

    def __init__(self, files: SmallFiles, root: Path, folders: Sequence[str], experiments: Collection[str]) -> None:
        self._files = files
        self._root = root
        self._folders = folders
        self._experiments = experiments
        self.folder = folders[0]
        self.templates = Templates(files.here / ".snakemake/templates.json")

    def source_of(self, path: str) -> Path:
        """Where a file is. Ends the process with one line where there is none."""
        folders = self._folders if path in SHARED else self._folders[:1]
        found = next((place for folder in folders if (place := self._root / folder / path).is_file()), None)
        if found is None:
            raise SystemExit(f"{self.folder}/{path}: no such file")
        return found

    def file(self, path: str) -> str:
        """A copy of a file, written only when its content changes."""
        return self._copy(path, read_own(self.source_of(path)))

    def _copy(self, path: str, text: str) -> str:
        return self._files.write(f"{self._files.folder}/inputs/files/report/{path}", text)

    # Texts

    @cached_property
    def text_files(self) -> list[str]:
        """Copies of the report's texts; of the captions only those whose experiment, if any, is in this run."""
        there = [n for n in TEXTS if n in NEEDED or (self._root / self.folder / f"{n}.yaml").is_file()]
        own = {"captions": self._captions, "labels": self._labels}
        return [
            # JSON is YAML, and quick to read
            self._copy(f"{n}.yaml", stable_json(own[n](), sort_keys=False)) if n in own else self.file(f"{n}.yaml")
            for n in there
        ]

    @cached_property
    def _all_captions(self) -> dict[str, Any]:
        return dict(self._read(self.source_of("captions.yaml")))

    @property
    def known_experiments(self) -> list[str]:
        """The experiments that a run may have."""
        return experiments_of(self._all_captions)

    def _captions(self) -> dict[str, Any]:
        included = {None, *self._experiments}
        return {name: entry for name, entry in self._all_captions.items() if entry.get("experiment") in included}

    def _labels(self) -> dict[str, Any]:
        """All words, those of the report's own folder over the shared ones, which may know more languages."""
        own, *shared = (self._root / folder / "labels.yaml" for folder in self._folders)
        raw = self._read(self.source_of("sections.yaml"))
        outline = raw if isinstance(raw, Mapping) else {}  # what is wrong with it is told when all texts are read
        languages = {language for key in ("languages", "unfinished") for language in outline.get(key) or ()}
        labels: dict[str, Any] = {}
        for place in shared:
            for key, words in self._read(place).items():
                labels[key] = {language: text for language, text in words.items() if language in languages}
        if own.is_file() or not shared:
            labels |= self._read(own) or {}
        return labels

    def _read(self, path: Path) -> Any:
        """A YAML file. Ends the process with one line where it cannot be read."""
        try:
            return read_yaml(path)
        except ValueError as error:
            raise SystemExit(f"{path.parent.relative_to(self._root)}/{error}") from None

    @cached_property
    def texts(self) -> Texts:
        """The report's texts, as this run has them. Ends the process with one line where they cannot be used."""
        try:
            return load_texts(self._files.at(self.text_files[0]).parent)
        except ValueError as error:
            raise SystemExit(f"{self.folder}/{error}") from None

    @property
    def figures(self) -> list[str]:
        """Both files of every figure that has a caption and whose experiment, if it has one, is in this run."""
        names = [name for name, caption in self.texts.captions.items() if caption.kind == "figure"]
        return [f"{self._files.folder}/report/figures/{name}{ending}" for name in names for ending in (".png", ".svg")]

    @property
    def vectors(self) -> list[str]:
        """The files of the figures that the report shows as vectors."""
        return [f"{self._files.folder}/report/{file}" for file in self._vectors.values()]

    def translated(self, *languages: str) -> list[str]:
        """The files of the same figures with their words in other languages (all that there are, unless some are
        named), in the order of :attr:`vectors`."""
        captions = self.texts.captions
        return [
            f"{self._files.folder}/report/{captions[name].file_in(language)}"
            for language in languages or self.texts.translated
            for name in self._vectors
        ]

    @property
    def _vectors(self) -> dict[str, str]:
        return {name: caption.file for name, caption in self.texts.captions.items() if caption.format == "svg"}

    @property
    def tables(self) -> list[str]:
        """The file of every table that has a caption, as :attr:`figures` has those of figures."""
        names = [name for name, caption in self.texts.captions.items() if caption.kind == "table"]
        return [f"{self._files.folder}/tables/{name}.csv" for name in names]

    # Sections

    def template_files(self, section: str) -> list[str]:
        """Copies of a section's templates, one for each language."""
        return [self.file(name) for name in self._templates(section)]

    def _templates(self, section: str) -> list[str]:
        return [f"sections/{section}.{language}.md.j2" for language in self.texts.outline.languages]

    def needs(self, section: str) -> Needs:
        """What a section's templates print. Ends the process with one line where one cannot be read."""
        names = self._templates(section)
        needs = self.templates.needs([self.source_of(name) for name in names])
        if unknown := sorted(set(needs.experiments) - set(self.known_experiments)):
            allowed = ", ".join(self.known_experiments)
            raise SystemExit(f"{self.folder}/{names[0]}: unknown experiment {unknown[0]!r}; allowed: {allowed}")
        return needs

    def heading(self, section: str) -> str:
        """The heading of a section, in English."""
        template = read_own(self.source_of(f"sections/{section}.en.md.j2"))
        found = re.search(r"^#+ +(.+)$", template, re.MULTILINE)
        return found[1] if found else section

    def note(self, name: str, texts: Iterable[str]) -> str:
        """A file with the caption of a figure or table as reStructuredText, for ``snakemake --report``."""
        text = "\n\n".join(texts)
        text = re.sub(r"\$([^$]+)\$", r":math:`\1`", re.sub(r"`([^`]+)`", r"``\1``", text))
        path = self._files.write(f"{self._files.folder}/inputs/captions/{name}.rst", text + "\n")
        return str(self._files.at(path).resolve())
