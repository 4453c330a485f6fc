"""Where a run keeps its files, and the small files that tell Snakemake what a job depends on."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock

from lib.report.needs import Needs
from lib.report.provenance import pattern_regex
from lib.report.texts import NEEDED, Texts, experiments_of, load_texts, read_yaml
from lib.workflow.files import stable_json, write_if_changed
from lib.workflow.interface import Scripts
from lib.workflow.lock import RUNNING, begin, check_writable, is_running, try_hold
from lib.workflow.made_with import made_with
from lib.workflow.schema import Schema, load_configuration
from lib.workflow.stamps import SourceTree
from lib.workflow.templates import Templates

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ("sections", "captions", "labels", "reference_values", "references")  # a report may lack the last two
SHARED = (
    "labels.yaml",
    "style.css",
    "pages/page.html.j2",
)  # what a report in a folder of its own may take from report/


class Run:
    """Paths and stamps of one run, used by the rules.

    Every dependency that is not a result is a small file below ``results/<run>/inputs/``, written only when its
    content changes: the code stamp of a script, a section of the configuration, the version of a library, the copy
    of a template. Snakemake's own comparison of file times then decides what reruns, also without ``.snakemake/``,
    and in a fresh clone, where all of the project's files are new.

    Parameters
    ----------
    config : the configuration, checked
    root : the project's folder
    folders : with texts, templates and styles, relative to ``root``; a file is taken from the first that has it
    packages : packages with scripts; one is looked for in the first that has it
    snakefile : that of the run, relative to ``root``
    derived : further sections of the configuration, put together from others
    working_directory : where Snakemake runs
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        root: Path,
        *,
        folders: Sequence[str] = ("report",),
        packages: Sequence[str] = ("scripts",),
        derived: Mapping[str, Any] | None = None,
        snakefile: str = "Snakefile",
        working_directory: Path = Path(),
    ) -> None:
        self.config = config
        self.name = config["run"]
        self.folder = f"results/{self.name}"
        self.root = root
        self.here = working_directory
        self.folders = folders
        self.derived = derived or {}
        self.snakefile = snakefile
        self.scripts = Scripts(root, packages)
        self.may_write = self.may_share = True
        self.lock: FileLock | None = None
        self.tree = SourceTree(root, ("lib", *packages), remember=working_directory / ".snakemake/parsed.json")
        self.templates = Templates(working_directory / ".snakemake/templates.json")

    @classmethod
    def of(
        cls,
        workflow: Any,
        config: Mapping[str, Any],
        schema: type[Schema],
        check: Callable[[Mapping[str, Any], Schema], None] | None = None,
        *,
        derive: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    ) -> Run:
        """The run of Snakemake's ``workflow`` and ``config``, which is checked by ``schema`` and by ``check``.

        A report whose Snakefile lies in a folder of its own, with the folder ``report`` and scripts, takes words and
        styles that these lack from the project's ``report``, and the scripts of the engine from ``scripts``. ``derive``
        makes further sections of the configuration. Ends the process with one line where the configuration cannot be
        used.
        """
        place = Path(workflow.basedir).resolve()
        folder = "" if place == ROOT else place.relative_to(ROOT).as_posix()
        folders = (f"{folder}/report", "report") if folder else ("report",)
        packages = (folder.replace("/", "."), "scripts") if folder else ("scripts",)
        loaded = load_configuration(config, reversed(workflow.configfiles), ROOT / folders[0], schema, check)
        snakefile = f"{folder}/Snakefile" if folder else "Snakefile"
        derived = derive(loaded) if derive else None
        return cls(loaded, ROOT, folders=folders, packages=packages, derived=derived, snakefile=snakefile)

    def results(self, path: str) -> str:
        """A result file of this run."""
        return f"{self.folder}/{path}"

    def logs(self, path: str) -> str:
        """A log file of this run."""
        return f"{self.folder}/logs/{path}"

    def benchmarks(self, path: str) -> str:
        """A benchmark file of this run: seconds and memory, the only results that differ from run to run."""
        return f"{self.folder}/benchmarks/{path}"

    # The run that is at work

    def plan(self, is_main_process: bool) -> None:
        """Lock the run's folder, so that its small files can be written; beside a run of this name none is.

        Jobs on a cluster read the workflow again (``is_main_process`` is False): they take what the run has written.
        """
        for folder in ("data", self.folder):
            check_writable(self.here / folder)
        self.lock = try_hold(self.here / self.folder) if is_main_process else None
        self.may_write = self.lock is not None
        others = (path.parent for path in (self.here / "results").glob(f"*/{RUNNING}"))
        self.may_share = self.may_write and not any(is_running(o) for o in others if o.name != self.name)
        if is_main_process and not self.may_write:
            print(f"{self.folder}: a run is at work here; this plan is of what it began with", file=sys.stderr)

    def begin(self) -> None:
        """Begin to run jobs. Ends the process with one line where another one is at work here."""
        begin(self.here / self.folder, self.lock)
        for old in (self.here / f"{self.folder}/inputs/source").iterdir():
            if old.name != self._source.name:
                shutil.rmtree(old, ignore_errors=True)

    @cached_property
    def _source(self) -> Path:
        """A copy of the project's code as it was when the run was planned: its jobs execute it, whatever is edited."""
        folder = self.here / f"{self.folder}/inputs/source"
        current = self.here / f"{self.folder}/inputs/source.txt"
        if not self.may_write and current.is_file():
            return folder / _text(current).strip()
        tops = sorted({package.split(".")[0] for package in self.tree.packages})
        files = [p for top in tops for p in sorted((self.root / top).rglob("*")) if p.is_file() and p.suffix != ".pyc"]
        digest = hashlib.sha256()
        for path in files:
            digest.update(f"{path.relative_to(self.root)}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
        copy = folder / digest.hexdigest()[:16]
        if not copy.is_dir():
            part = folder / f".{copy.name}-{os.getpid()}"
            for path in files:
                target = part / path.relative_to(self.root)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
            part.rename(copy)
        self._write(current, f"{copy.name}\n")
        return copy

    def _write(self, path: Path, text: str) -> None:
        """Write a small file where its text has changed, unless a run is at work that may read it."""
        is_shared = path.is_relative_to(self.here / "data")
        if not path.exists() or (self.may_share if is_shared else self.may_write):
            write_if_changed(path, text)

    # Code, settings, versions

    def code_of(self, script: str, *modules: str, shared: bool = False) -> str:
        """The code stamp of a script, and of ``modules`` that it is told to load.

        ``shared`` ones belong to the data folder, not to a run.
        """
        name = ".".join((script, *(module.rpartition(".")[2] for module in modules)))
        path = f"{'data' if shared else self.folder}/inputs/code/{name}.txt"
        self._write(self.here / path, self.tree.stamp(self.scripts.module(script), *modules))
        return path

    def settings(self, section: str) -> str:
        """The file with a section of the configuration (dotted path, wildcards allowed).

        Raises ValueError for a section that is not there.
        """
        if "{" not in section and section not in self._settings:
            raise ValueError(f"the configuration has no section {section!r}")
        return f"{self.folder}/inputs/settings/{section}.json"

    @cached_property
    def _settings(self) -> dict[str, Any]:
        """Every section of the configuration by dotted path, derived ones too."""
        found = dict(_sections({**self.config, **self.derived}))
        return {name: section for name, section in found.items() if name not in self.derived}

    def write_settings(self) -> None:
        """Write every section of the configuration, derived ones too, to its file.

        Ends the process with one line where another Snakefile has made a run of this name.
        """
        owner = self.here / f"{self.folder}/inputs/snakefile.txt"
        if owner.is_file() and (other := _text(owner).strip()) != self.snakefile:
            raise SystemExit(f"{self.folder}: the run of {other}; give this one another name (run: in its config.yaml)")
        self._write(owner, self.snakefile + "\n")
        for name, section in self._settings.items():
            self._write(self.here / self.settings(name), stable_json(section))

    def version_of(self, package: str, shared: bool = False) -> str:
        """The file with the version of an installed package; ``shared`` as for :meth:`code_of`."""
        path = f"{'data' if shared else self.folder}/inputs/versions/{package}.txt"
        self._write(self.here / path, importlib.metadata.version(package) + "\n")
        return path

    def section(self, path: str) -> Any:
        """A value of the configuration by dotted path."""
        value: Any = {**self.config, **self.derived}
        for part in path.split("."):
            value = value[part]
        return value

    def section_for(self, pattern: str) -> Any:
        """For ``params``: a function from wildcards to the narrow, sorted section that a job needs, as text."""

        def values(wildcards: Any) -> str:
            return json.dumps(self.section(pattern.format_map(dict(wildcards.items()))), sort_keys=True)

        return values

    @property
    def all_settings(self) -> list[str]:
        """The files of all top-level sections but ``machine``."""
        return [self.settings(key) for key in self._section_names]

    @property
    def _section_names(self) -> list[str]:
        # How this machine is shared decides no result, so no page tells it.
        return sorted(key for key, value in self.config.items() if isinstance(value, Mapping) and key != "machine")

    # Files of the project that jobs read

    def file(self, path: str) -> str:
        """A copy of one of the project's own files that jobs read, written only when its content changes."""
        copy = f"{self.folder}/inputs/files/{path}"
        self._write(self.here / copy, _text(self.root / path))
        return copy

    def entry(self, path: str, key: str) -> str:
        """A file with one entry of a YAML file, for the data folder, so that an entry more reruns nothing."""
        copy = f"data/inputs/{Path(path).stem}/{key}.yaml"
        entries = read_yaml(self.root / path)
        if key not in entries:
            raise ValueError(f"{path}: there is no {key!r}; there are: {', '.join(entries)}")
        text = yaml.safe_dump({key: entries[key]}, allow_unicode=True, sort_keys=False, width=10_000)
        self._write(self.here / copy, text)
        return copy

    def report_file(self, path: str) -> str:
        """A copy of a file of the report's folder, as :meth:`file` makes it."""
        copy = f"{self.folder}/inputs/files/report/{path}"
        self._write(self.here / copy, _text(self.source_of(path)))
        return copy

    def source_of(self, path: str) -> Path:
        """Where a file of the report's folder is. Ends the process with one line where there is none."""
        folders = self.folders if path in SHARED else self.folders[:1]
        found = next((place for folder in folders if (place := self.root / folder / path).is_file()), None)
        if found is None:
            raise SystemExit(f"{self.folders[0]}/{path}: no such file")
        return found

    @cached_property
    def text_files(self) -> list[str]:
        """Copies of the report's texts; of the captions only those whose experiment, if any, is in this run."""
        there = [n for n in TEXTS if n in NEEDED or (self.root / self.folders[0] / f"{n}.yaml").is_file()]
        own = {"captions": self._captions, "labels": self._labels}
        return [own[name]() if name in own else self.report_file(f"{name}.yaml") for name in there]

    @cached_property
    def _all_captions(self) -> dict[str, Any]:
        return dict(self._read(self.source_of("captions.yaml")))

    @property
    def known_experiments(self) -> list[str]:
        """The experiments that a run may have."""
        return experiments_of(self._all_captions)

    def _captions(self) -> str:
        included = {None, *self.section("claims.experiments")}
        kept = {name: entry for name, entry in self._all_captions.items() if entry.get("experiment") in included}
        copy = f"{self.folder}/inputs/files/report/captions.yaml"
        self._write(self.here / copy, stable_json(kept, sort_keys=False))  # JSON is YAML, and quick to read
        return copy

    def _labels(self) -> str:
        """All words, those of the report's own folder over the shared ones, which may know more languages."""
        own, *shared = (self.root / folder / "labels.yaml" for folder in self.folders)
        raw = self._read(self.source_of("sections.yaml"))
        outline = raw if isinstance(raw, Mapping) else {}  # what is wrong with it is told when all texts are read
        languages = {language for key in ("languages", "unfinished") for language in outline.get(key) or ()}
        labels: dict[str, Any] = {}
        for place in shared:
            for key, words in self._read(place).items():
                labels[key] = {language: text for language, text in words.items() if language in languages}
        if own.is_file() or not shared:
            labels |= self._read(own) or {}
        copy = f"{self.folder}/inputs/files/report/labels.yaml"
        self._write(self.here / copy, stable_json(labels, sort_keys=False))
        return copy

    def _read(self, path: Path) -> Any:
        """A YAML file. Ends the process with one line where it cannot be read."""
        try:
            return read_yaml(path)
        except (ValueError, OSError) as error:
            raise SystemExit(f"{path.parent.relative_to(self.root)}/{error}") from None

    @cached_property
    def texts(self) -> Texts:
        """The report's texts, as this run has them. Ends the process with one line where they cannot be used."""
        try:
            return load_texts((self.here / self.text_files[0]).parent)
        except ValueError as error:
            raise SystemExit(f"{self.folders[0]}/{error}") from None

    @property
    def figures(self) -> list[str]:
        """Both files of every figure that has a caption and whose experiment, if it has one, is in this run."""
        names = [name for name, caption in self.texts.captions.items() if caption.kind == "figure"]
        return [self.results(f"report/figures/{name}{ending}") for name in names for ending in (".png", ".svg")]

    @property
    def tables(self) -> list[str]:
        """The file of every table that has a caption, as :attr:`figures` has those of figures."""
        names = [name for name, caption in self.texts.captions.items() if caption.kind == "table"]
        return [self.results(f"tables/{name}.csv") for name in names]

    # Sections of the report

    def template_files(self, section: str) -> list[str]:
        """Copies of a section's templates, one for each language."""
        return [self.report_file(f"sections/{section}.{lang}.md.j2") for lang in self.texts.outline.languages]

    def needs(self, section: str) -> Needs:
        """What a section's templates print. Ends the process with one line where one cannot be read."""
        names = [f"sections/{section}.{language}.md.j2" for language in self.texts.outline.languages]
        needs = self.templates.needs([self.source_of(name) for name in names])
        if unknown := sorted(set(needs.experiments) - set(self.known_experiments)):
            allowed = ", ".join(self.known_experiments)
            raise SystemExit(f"{self.folders[0]}/{names[0]}: unknown experiment {unknown[0]!r}; allowed: {allowed}")
        return needs

    def settings_used(self, section: str) -> list[str]:
        """The top-level sections whose constants a section's templates may print; ``claims`` is for ``included``."""
        named = {*self.needs(section).settings, "claims"}
        return [path for key, path in zip(self._section_names, self.all_settings, strict=True) if key in named]

    def listed_code(self, section: str) -> list[str]:
        """Copies of the modules whose source a section lists, with its comments and the numbers of its lines."""
        paths = (self.tree.modules[module] for module in self.needs(section).modules if module in self.tree.modules)
        return [self.file(path.relative_to(self.root).as_posix()) for path in paths]

    def heading(self, section: str) -> str:
        """The heading of a section, in English."""
        found = re.search(r"^#+ +(.+)$", _text(self.source_of(f"sections/{section}.en.md.j2")), re.MULTILINE)
        return found[1] if found else section

    def note(self, name: str, texts: Iterable[str]) -> str:
        """A file with the caption of a figure or table as reStructuredText, for ``snakemake --report``."""
        text = "\n\n".join(texts)
        text = re.sub(r"\$([^$]+)\$", r":math:`\1`", re.sub(r"`([^`]+)`", r"``\1``", text))
        path = self.here / f"{self.folder}/inputs/captions/{name}.rst"
        self._write(path, text + "\n")
        return str(path.resolve())

    @property
    def options(self) -> str:
        """What Snakemake must be told to make this run: its Snakefile, unless it is the usual one, or its preset."""
        if self.snakefile != "Snakefile":
            return f"-s {self.snakefile}"
        preset = f"presets/{self.name}.yaml"
        return f"--configfile {preset}" if (self.root / preset).is_file() else ""

    # Rules

    @property
    def catalogue(self) -> str:
        """The file that says what each rule reads and writes (see ``lib.report.provenance``)."""
        return f"{self.folder}/inputs/rules.json"

    @property
    def digests(self) -> str:
        """The file with the digest of each code stamp that a rule reads."""
        return f"{self.folder}/inputs/digests.json"

    @property
    def makers(self) -> str:
        """The file that says which rule makes each figure and table."""
        return f"{self.folder}/inputs/makers.json"

    def write_rules(self, rules: Iterable[Any], beside: Sequence[str] = ()) -> None:
        """Write :attr:`catalogue`, :attr:`digests` and :attr:`makers`, once all of Snakemake's rules are known.

        Ends the process with one line where a rule reads a result that no rule makes.

        Left out are rules on which nothing in the report can rest, with an output that matches one of the expressions
        ``beside``.
        """
        rules = list(rules)
        self._check_makers(rules)
        catalogue, makers, digests = {}, {}, {}
        for rule in rules:
            inputs, outputs = _named(rule.input), _named(rule.output)
            if any(re.search(part, path) for part in beside for paths in outputs.values() for path in paths):
                continue
            files = [path for paths in inputs.values() for path in paths]
            code = next((path for path in files if "/inputs/code/" in path), None)
            catalogue[rule.name] = {
                "inputs": {k: [p for p in v if "/inputs/" not in p] for k, v in inputs.items() if k != "code"},
                "outputs": {f"{k}{i}": p for k, v in outputs.items() for i, p in enumerate(v)},
                "settings": [path for path in files if "/inputs/settings/" in path],
                "benchmark": str(rule.benchmark) if rule.benchmark else None,
                "code": code,
            }
            if code:
                digests[code] = _text(self.here / code).split()[0]
            for path in (path for paths in outputs.values() for path in paths):
                if Path(path).parent.name in ("figures", "tables"):
                    makers[Path(path).stem] = rule.name
        self._write(self.here / self.catalogue, stable_json(catalogue))
        self._write(self.here / self.digests, stable_json(digests))
        self._write(self.here / self.makers, stable_json(makers))
        self.tree.save()
        self.templates.save()

    def _check_makers(self, rules: Sequence[Any]) -> None:
        patterns = [pattern_regex(p) for rule in rules for paths in _named(rule.output).values() for p in paths]
        read = {path: rule for rule in rules for paths in _named(rule.input).values() for path in paths}
        for path, rule in read.items():
            is_result = path.startswith(f"{self.folder}/") and "/inputs/" not in path and "{" not in path
            if is_result and not any(pattern.fullmatch(path) for pattern in patterns):
                raise SystemExit(f"rule {rule.name}: no rule makes {path}, which it reads")

    def made_with(self, figure_code: Iterable[str]) -> str:
        """The file with the digests of the report's texts and figure code (see :mod:`lib.workflow.made_with`)."""
        path = f"{self.folder}/inputs/made_with.json"
        self._write(self.here / path, stable_json(made_with(self.root, figure_code)))
        return path

    def environment(self, use_installed_python: bool) -> dict[str, str]:
        """Environment variables of every job: it finds this interpreter, and the code that the run began with."""

        def prepended(folder: Path, variable: str) -> str:
            rest = os.environ.get(variable, "")
            return rest if str(folder) in rest.split(os.pathsep) else os.pathsep.join(filter(None, [str(folder), rest]))

        variables = {
            "PYTHONPATH": prepended(self._source.resolve(), "PYTHONPATH"),
            "PYTHONSAFEPATH": "1",  # not the folder where Snakemake runs: there the code may have been edited since
            # glibc would give large blocks back after every step of a training and fault them in again: a fifth
            # of the time. Other C libraries ignore these.
            "MALLOC_MMAP_THRESHOLD_": "17179869184",
            "MALLOC_TRIM_THRESHOLD_": "17179869184",
            "MALLOC_TOP_PAD_": "67108864",
        }
        if use_installed_python:
            variables["PATH"] = prepended(Path(sys.executable).parent, "PATH")
        return variables


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _named(files: Any) -> dict[str, list[str]]:
    """Files of a rule by name; functions of wildcards have no pattern to show and are left out."""
    found: dict[str, list[str]] = {}
    names = {index: name for name, (start, end) in files._get_names() for index in range(start, end or start + 1)}
    for index, item in enumerate(files):
        if not callable(item):
            found.setdefault(names.get(index, "files"), []).append(str(item))
    return found


def _sections(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield name, value
            yield from _sections(value, f"{name}.")
