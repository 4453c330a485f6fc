"""Where a run keeps its files, and the small files that tell Snakemake what a job depends on."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from lib.vision.config import ComputeConfig
from lib.workflow.arm_settings import recipe_of, resolve_arms, seeds_of, shared_arms
from lib.workflow.files import stable_json, write_if_changed
from lib.workflow.gpus import SLOTS, usable_gpus, visible_gpus
from lib.workflow.made_with import made_with
from lib.workflow.stamps import SourceTree


class Run:
    """Paths and stamps of one run, used by the rules.

    Every dependency that is not a result is a small file below ``results/<run>/inputs/``, written only when its
    content changes: the code stamp of a script, a section of the configuration, the version of a library, the copy
    of a template. Snakemake's own comparison of file times then decides what reruns, also without ``.snakemake/``,
    and in a fresh clone, where all of the project's files are new.
    """

    def __init__(self, config: Mapping[str, Any], root: Path, working_directory: Path = Path()) -> None:
        self.config = config
        self.name = config["run"]
        self.folder = f"results/{self.name}"
        self.root = root
        self.tree = SourceTree(root, remember=working_directory / ".snakemake/parsed.json")
        self.here = working_directory
        self.arms = resolve_arms(config)
        self.shared = shared_arms(self.arms)

    def results(self, path: str) -> str:
        """A result file of this run."""
        return f"{self.folder}/{path}"

    def logs(self, path: str) -> str:
        """A log file of this run."""
        return f"{self.folder}/logs/{path}"

    def benchmarks(self, path: str) -> str:
        """A benchmark file of this run: seconds and memory, the only results that differ from run to run."""
        return f"{self.folder}/benchmarks/{path}"

    def code_of(self, script: str, shared: bool = False) -> str:
        """The code stamp of a script; ``shared`` ones belong to the data folder, not to a run."""
        path = f"{'data' if shared else self.folder}/inputs/code/{script}.txt"
        write_if_changed(self.here / path, self.tree.stamp(script))
        return path

    def file(self, path: str) -> str:
        """A copy of one of the project's own files that jobs read, written only when its content changes."""
        copy = f"{self.folder}/inputs/files/{path}"
        write_if_changed(self.here / copy, _text(self.root / path))
        return copy

    def source(self, dataset: str) -> str:
        """The file with one data set's entry of the source list, so that an entry more reruns nothing."""
        path = f"data/inputs/sources/{dataset}.yaml"
        entries = yaml.safe_load(_text(self.root / "lib/data/sources.yaml"))
        if dataset not in entries:
            raise ValueError(f"lib/data/sources.yaml: no data set {dataset!r}; there are: {', '.join(entries)}")
        text = yaml.safe_dump({dataset: entries[dataset]}, allow_unicode=True, sort_keys=False, width=10_000)
        write_if_changed(self.here / path, text)
        return path

    def settings(self, section: str) -> str:
        """The file with a section of the configuration (dotted path, wildcards allowed)."""
        return f"{self.folder}/inputs/settings/{section}.json"

    def write_settings(self) -> None:
        """Write every section of the configuration to its file, and every arm, put together, to ``arm.NAME``."""
        for name, section in _sections(self.config):
            write_if_changed(self.here / self.settings(name), stable_json(section))
        for name, arm in self.arms.items():
            write_if_changed(self.here / self.settings(f"arm.{name}"), stable_json(arm))

    def version_of(self, package: str, shared: bool = False) -> str:
        """The file with the version of an installed package; ``shared`` as for :meth:`code_of`."""
        path = f"{'data' if shared else self.folder}/inputs/versions/{package}.txt"
        write_if_changed(self.here / path, importlib.metadata.version(package) + "\n")
        return path

    def section(self, path: str) -> Any:
        """A value of the configuration by dotted path; ``arm.NAME`` is an arm as it is trained."""
        value: Any = {**self.config, "arm": self.arms}
        for part in path.split("."):
            value = value[part]
        return value

    def seeds_of(self, arm: str) -> range:
        """The seeds of one arm."""
        return range(seeds_of(self.config, self.arms, arm))

    def recipe_of(self, arm: str) -> str:
        """``original`` or ``compressed``: the recipe that an arm starts from."""
        return recipe_of(self.config, arm)

    def kind_of(self, arm: str) -> str:
        """``mlp`` or ``cnn``."""
        return str(self.arms[arm]["model"]["kind"])

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

    def settings_used(self, templates: Iterable[str]) -> list[str]:
        """The top-level sections whose set-up constants the templates may print, by the ids they name."""
        named = {"report", "claims"}  # the latter for ``included``
        for template in templates:
            named |= set(re.findall(r"""["'](\w+)\.""", _text(self.root / template)))
        return [path for key, path in zip(self._section_names, self.all_settings, strict=True) if key in named]

    def listed_code(self, templates: Iterable[str]) -> list[str]:
        """Stamps of the modules whose source the templates list."""
        modules = set()
        for template in templates:
            modules |= set(re.findall(r"""\blisting\(\s*["']([\w.]+)""", _text(self.root / template)))
        return [self.module_stamp(module) for module in sorted(modules)]

    def module_stamp(self, module: str) -> str:
        """The code stamp of one module of ``lib``, without what it imports."""
        path = f"{self.folder}/inputs/code/{module}.txt"
        write_if_changed(self.here / path, self.tree.module_digest(module) + "\n")
        return path

    def captions(self, path: str) -> str:
        """A copy of the captions as :meth:`file` makes it, without those of experiments that are not in this run."""
        copy = f"{self.folder}/inputs/files/{path}"
        text = yaml.safe_dump(self._captions(path), allow_unicode=True, sort_keys=False, width=10_000)
        write_if_changed(self.here / copy, text)
        return copy

    def _captions(self, path: str) -> dict[str, Any]:
        included = {None, *self.section("claims.experiments")}
        entries = yaml.safe_load(_text(self.root / path))
        return {name: entry for name, entry in entries.items() if entry.get("experiment") in included}

    def figures(self, captions: str) -> list[str]:
        """Both files of every figure that has a caption and whose experiment, if it has one, is in this run."""
        names = [name for name, entry in self._captions(captions).items() if entry["kind"] == "figure"]
        return [self.results(f"report/figures/{name}{ending}") for name in names for ending in (".png", ".svg")]

    def tables(self, captions: str) -> list[str]:
        """The file of every table that has a caption, as :meth:`figures` has those of figures."""
        names = [name for name, entry in self._captions(captions).items() if entry["kind"] == "table"]
        return [self.results(f"tables/{name}.csv") for name in names]

    def note(self, name: str, texts: Iterable[str]) -> str:
        """A file with the caption of a figure or table as reStructuredText, for ``snakemake --report``."""
        text = "\n\n".join(texts)
        text = re.sub(r"\$([^$]+)\$", r":math:`\1`", re.sub(r"`([^`]+)`", r"``\1``", text))
        path = self.here / f"{self.folder}/inputs/captions/{name}.rst"
        write_if_changed(path, text + "\n")
        return str(path.resolve())

    @property
    def preset(self) -> str:
        """The configuration file that makes a run of this name: its preset, or else the configuration itself."""
        preset = f"presets/{self.name}.yaml"
        return preset if (self.root / preset).is_file() else "config.yaml"

    @property
    def catalogue(self) -> str:
        """The file that says what each rule reads and writes (see ``lib.report.provenance``)."""
        return f"{self.folder}/inputs/rules.json"

    @property
    def makers(self) -> str:
        """The file that says which rule makes each figure and table."""
        return f"{self.folder}/inputs/makers.json"

    def write_rules(self, rules: Iterable[Any]) -> None:
        """Write :attr:`catalogue` and :attr:`makers` from Snakemake's rules, once all of them are known.

        Left out are rules on which nothing in the report can rest: those that prepare the data of the other source,
        those that write into the project's own documentation, and the one that prints the finished report.
        """
        other = {"real": "sample", "sample": "real"}[self.section("data.source")]
        beside = (f"data/prepared/{other}/", "docs/")
        catalogue, makers = {}, {}
        for rule in rules:
            inputs, outputs = _named(rule.input), _named(rule.output)
            if any(path.startswith(beside) or path.endswith(".pdf") for paths in outputs.values() for path in paths):
                continue
            files = [path for paths in inputs.values() for path in paths]
            code = next((path for path in files if "/inputs/code/" in path), None)
            catalogue[rule.name] = {
                "inputs": {k: [p for p in v if "/inputs/" not in p] for k, v in inputs.items() if k != "code"},
                "outputs": {f"{k}{i}": p for k, v in outputs.items() for i, p in enumerate(v)},
                "settings": [path for path in files if "/inputs/settings/" in path],
                "code": code,
                "digest": _text(self.here / code).split()[0] if code else None,
            }
            for path in (path for paths in outputs.values() for path in paths):
                if Path(path).parent.name in ("figures", "tables"):
                    makers[Path(path).stem] = rule.name
        write_if_changed(self.here / self.catalogue, stable_json(catalogue))
        write_if_changed(self.here / self.makers, stable_json(makers))
        self.tree.save()

    def made_with(self) -> str:
        """The file with the digests of the report's texts and figure code (see :mod:`lib.workflow.made_with`)."""
        path = f"{self.folder}/inputs/made_with.json"
        write_if_changed(self.here / path, stable_json(made_with(self.root)))
        return path

    def threads_of(self, arm: str) -> int:
        """CPU threads that a training or an evaluation of one arm uses."""
        return ComputeConfig(**self.section("compute")).threads_of(self.kind_of(arm))

    def gpus(self) -> int:
        """GPUs that a training asks for: one where the configured device is, or `auto` can be, CUDA; else none."""
        device = self.section("compute.device")
        return int(device == "cuda" or (device == "auto" and bool(usable_gpus())))

    def gpu_slots(self) -> int:
        """Trainings that the GPUs of this machine take side by side; 0 where there is none."""
        return len(visible_gpus()) * int(self.section("machine.trainings_per_gpu"))

    def environment(self, use_installed_python: bool) -> dict[str, str]:
        """Environment variables of every job.

        They let it find this interpreter and the project's modules, and hand the configured mirrors to the
        fetching rules and the sharing of GPUs to those that use them; none of this decides a result, so none of it is
        a rule's own parameter.
        """

        def prepended(folder: Path, variable: str) -> str:
            rest = os.environ.get(variable, "")
            return rest if str(folder) in rest.split(os.pathsep) else os.pathsep.join(filter(None, [str(folder), rest]))

        variables = {
            "PYTHONPATH": prepended(self.root, "PYTHONPATH"),
            "CONFIGURED_MIRRORS": "\n".join(self.section("data.mirrors")),
            SLOTS: str(self.section("machine.trainings_per_gpu")),
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
