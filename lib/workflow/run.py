"""A run as the rules see it: where its files lie, and the stamps and settings on which its jobs depend."""

from __future__ import annotations

import copy
import importlib.metadata
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from lib.report.texts import read_yaml
from lib.workflow.files import stable_json
from lib.workflow.interface import Scripts
from lib.workflow.made_with import made_with
from lib.workflow.report_files import ReportFiles
from lib.workflow.rule_files import RuleFiles
from lib.workflow.schema import Schema, load_configuration
from lib.workflow.small_files import SmallFiles
from lib.workflow.source_copy import remove_others, source_copy
from lib.workflow.stamps import SourceTree

ROOT = Path(__file__).resolve().parents[2]


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
    kept_out : keys of the configuration (dotted paths) that decide no result: no settings file has them, and so no page
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
        kept_out: Sequence[str] = (),
        snakefile: str = "Snakefile",
        working_directory: Path = Path(),
    ) -> None:
        self.config = config
        self.name = config["run"]
        self.folder = f"results/{self.name}"
        self.root = root
        self.derived = derived or {}
        self.kept_out = kept_out
        self.snakefile = snakefile
        self.scripts = Scripts(root, packages)
        self.files = SmallFiles(self.name, working_directory)
        self.report = ReportFiles(self.files, root, folders, config["claims"]["experiments"])
        self.rules = RuleFiles(self.files)
        self.tree = SourceTree(root, ("lib", *packages), remember=working_directory / ".snakemake/parsed.json")

    @classmethod
    def of(
        cls,
        workflow: Any,
        config: Mapping[str, Any],
        schema: type[Schema],
        check: Callable[[Mapping[str, Any], Schema], None] | None = None,
        *,
        derive: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
        kept_out: Sequence[str] = (),
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
        return cls(
            loaded,
            ROOT,
            folders=folders,
            packages=packages,
            derived=derived,
            kept_out=kept_out,
            snakefile=snakefile,
        )

    def results(self, path: str) -> str:
        """A result file of this run."""
        return f"{self.folder}/{path}"

    def logs(self, path: str) -> str:
        """A log file of this run."""
        return f"{self.folder}/logs/{path}"

    def benchmarks(self, path: str) -> str:
        """A benchmark file of this run: seconds and memory, the only results that differ from run to run."""
        return f"{self.folder}/benchmarks/{path}"

    def plan(self, is_main_process: bool) -> None:
        """Plan a run (see :meth:`SmallFiles.plan <lib.workflow.small_files.SmallFiles.plan>`)."""
        self.files.plan(is_main_process)

    def begin(self) -> None:
        """Begin to run jobs. Ends the process with one line where another run is at work here."""
        self.files.begin()
        remove_others(self._source)

    @cached_property
    def _source(self) -> Path:
        return source_copy(self.tree, self.files)

    # Code, settings, versions

    def code_of(self, script: str, *modules: str, shared: bool = False) -> str:
        """The code stamp of a script, and of ``modules`` that it is told to load.

        ``shared`` ones belong to the data folder, not to a run.
        """
        name = ".".join((script, *(module.rpartition(".")[2] for module in modules)))
        path = f"{'data' if shared else self.folder}/inputs/code/{name}.txt"
        return self.files.write(path, self.tree.stamp(self.scripts.module(script), *modules))

    def settings(self, section: str) -> str:
        """The file with a section of the configuration (dotted path, wildcards allowed).

        Raises ValueError for a section that is not there.
        """
        if "{" not in section and section not in self._settings:
            raise ValueError(f"the configuration has no section {section!r}")
        return f"{self.folder}/inputs/settings/{section}.json"

    @cached_property
    def _settings(self) -> dict[str, Any]:
        """Every section of the configuration by dotted path, derived ones too, without what is kept out."""
        found = dict(_sections({**_without(self.config, self.kept_out), **self.derived}))
        return {name: section for name, section in found.items() if name not in self.derived}

    def write_settings(self) -> None:
        """Write every section of the configuration, derived ones too, to its file.

        Ends the process with one line where another Snakefile has made a run of this name.
        """
        owner = f"{self.folder}/inputs/snakefile.txt"
        known = self.files.here / owner
        if known.is_file() and (other := known.read_text(encoding="utf-8").strip()) != self.snakefile:
            raise SystemExit(f"{self.folder}: the run of {other}; give this one another name (run: in its config.yaml)")
        self.files.write(owner, self.snakefile + "\n")
        for name, section in self._settings.items():
            self.files.write(self.settings(name), stable_json(section))

    def version_of(self, package: str, shared: bool = False) -> str:
        """The file with the version of an installed package; ``shared`` as for :meth:`code_of`."""
        path = f"{'data' if shared else self.folder}/inputs/versions/{package}.txt"
        return self.files.write(path, importlib.metadata.version(package) + "\n")

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
        """The files of all top-level sections."""
        return [self.settings(key) for key in self._section_names]

    @property
    def _section_names(self) -> list[str]:
        return sorted(name for name in self._settings if "." not in name)

    # Files of the project that jobs read

    def file(self, path: str) -> str:
        """A copy of one of the project's own files that jobs read, written only when its content changes."""
        text = (self.root / path).read_text(encoding="utf-8")
        return self.files.write(f"{self.folder}/inputs/files/{path}", text)

    def entry(self, path: str, key: str) -> str:
        """A file with one entry of a YAML file, for the data folder, so that an entry more reruns nothing."""
        entries = read_yaml(self.root / path)
        if key not in entries:
            raise ValueError(f"{path}: there is no {key!r}; there are: {', '.join(entries)}")
        text = yaml.safe_dump({key: entries[key]}, allow_unicode=True, sort_keys=False, width=10_000)
        return self.files.write(f"data/inputs/{Path(path).stem}/{key}.yaml", text)

    def settings_used(self, section: str) -> list[str]:
        """The top-level sections whose constants a section's templates may print; ``claims`` is for ``included``."""
        named = {*self.report.needs(section).settings, "claims"}
        return [path for key, path in zip(self._section_names, self.all_settings, strict=True) if key in named]

    def listed_code(self, section: str) -> list[str]:
        """Copies of the modules whose source a section lists, with its comments and the numbers of its lines."""
        modules = (module for module in self.report.needs(section).modules if module in self.tree.modules)
        return [self.file(self.tree.modules[module].relative_to(self.root).as_posix()) for module in modules]

    @property
    def options(self) -> str:
        """What Snakemake must be told to make this run: its Snakefile, unless it is the usual one, or its preset."""
        if self.snakefile != "Snakefile":
            return f"-s {self.snakefile}"
        preset = f"presets/{self.name}.yaml"
        return f"--configfile {preset}" if (self.root / preset).is_file() else ""

    def made_with(self, figure_code: Iterable[str]) -> str:
        """The file with the digests of the report's texts and figure code (see :mod:`lib.workflow.made_with`)."""
        return self.files.write(f"{self.folder}/inputs/made_with.json", stable_json(made_with(self.root, figure_code)))

    def write_rules(self, rules: Iterable[Any], beside: Sequence[str] = ()) -> None:
        """Write down all of Snakemake's rules (see :class:`RuleFiles <lib.workflow.rule_files.RuleFiles>`)."""
        self.rules.write(rules, beside)
        self.tree.save()
        self.report.templates.save()

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


def _without(config: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    kept = copy.deepcopy(dict(config))
    for key in keys:
        *parents, name = key.split(".")
        place = kept
        for parent in parents:
            place = place[parent]
        del place[name]
    return kept


def _sections(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield name, value
            yield from _sections(value, f"{name}.")
