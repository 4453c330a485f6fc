"""A run as the rules see it: where its files lie, and the stamps and settings on which its jobs depend."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from snakemake.utils import update_config

from lib.workflow import forkserver
from lib.workflow.files import stable_json
from lib.workflow.interface import Scripts
from lib.workflow.job import RUNNER
from lib.workflow.lock import writing
from lib.workflow.made_with import made_with
from lib.workflow.options import options_of, without
from lib.workflow.own_files import read_own, read_own_yaml
from lib.workflow.report_files import ReportFiles
from lib.workflow.rule_files import RuleFiles
from lib.workflow.scheduler import count_forks, lift_rate_limit, modules_to_run, to_be_made, want_hooks
from lib.workflow.schema import OPTION, Schema, load_configuration, read_configuration
from lib.workflow.small_files import SmallFiles
from lib.workflow.source_copy import remove_others, source_copy
from lib.workflow.stamps import SourceTree

ROOT = Path(__file__).resolve().parents[2]
ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": "17179869184",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "67108864",
}


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
    options : what Snakemake must be told to make this run (see :mod:`lib.workflow.options`)
    derived : further sections of the configuration, put together from others
    kept_out : keys of the configuration (dotted paths) that decide no result: no settings file has them, and so no page
    working_directory : where Snakemake runs
    moved : where a file of the rules lies, as for :class:`SmallFiles <lib.workflow.small_files.SmallFiles>`
    deployed : jobs have an environment of their own, by conda or in a container
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
        options: str = "",
        working_directory: Path = Path(),
        moved: Callable[[str], str] = str,
        deployed: bool = False,
    ) -> None:
        self.config = config
        self.name = config["run"]
        self.folder = f"results/{self.name}"
        self.root = root
        self.derived = derived or {}
        self.kept_out = kept_out
        self.snakefile = snakefile
        self.options = options
        self.deployed = deployed
        self.files = SmallFiles(self.name, working_directory, moved)
        self.job_environment = f"{self.folder}/inputs/job.sh"
        self.scripts = Scripts(root, packages, before=f". {shlex.quote(moved(self.job_environment))} && ")
        self.report = ReportFiles(self.files, root, folders, config["claims"]["experiments"])
        self.rules = RuleFiles(self.files)
        self.tree = SourceTree(root, ("lib", *packages), remember=working_directory / ".snakemake/parsed.json")

    @staticmethod
    def configuration(workflow: Any) -> str:
        """The file with every key, beside the Snakefile.

        Ends the process with one line where it cannot be read: Snakemake would not say which file it cannot.
        """
        file = Path(str(workflow.current_basedir)) / "config.yaml"
        if not file.is_file():
            raise SystemExit(f"{file}: no such file, but it has every key; a preset only says what differs from it")
        read_configuration(file)
        return str(file)

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
        makes further sections of the configuration; keys that are ``kept_out`` (dotted paths) decide no result. Ends
        the process with one line where the configuration cannot be used.
        """
        place = Path(str(workflow.current_basedir)).resolve()
        if not place.is_relative_to(ROOT):
            raise SystemExit(
                f"{place}: its Snakefile finds the code of another copy of the project, {ROOT}; use one copy"
            )
        if (storage := workflow.storage_settings.default_storage_provider) is not None:
            raise SystemExit(
                f"--default-storage-provider {storage}: results must lie in a folder that Snakemake and all of its jobs"
                " see; leave the option out and name a folder with --directory"
            )
        folder = "" if place == ROOT else place.relative_to(ROOT).as_posix()
        folders = (f"{folder}/report", "report") if folder else ("report",)
        packages = (folder.replace("/", "."), "scripts") if folder else ("scripts",)
        snakefile = f"{folder}/Snakefile" if folder else "Snakefile"
        given, module = workflow.config_settings, workflow.modifier
        if module.base_snakefile is None:  # this is no module of another workflow
            own = workflow.configfiles[len(given.configfiles) :]  # of the Snakefile; the others are laid over them
            files, over, by = [*own, *given.configfiles], given.config, OPTION
        else:
            files, over, by = [place / "config.yaml"], config, f"config of module {module.namespace}"
            if module.skip_configfile:  # the module has a configuration of its own: laid over this one, as a preset is
                config = dict(read_configuration(files[0]))
                update_config(config, over)
        loaded = load_configuration(config, files, ROOT / folders[0], schema, check, over, by)
        return cls(
            loaded,
            ROOT,
            folders=folders,
            packages=packages,
            derived=derive(loaded) if derive else None,
            kept_out=kept_out,
            snakefile=snakefile,
            options=options_of(os.path.relpath(workflow.main_snakefile), given, kept_out),
            moved=module.path_modifier.replace_prefix,
            deployed=bool(workflow.deployment_settings.deployment_method),
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

    @property
    def checkpoints(self) -> str:
        """The folder for checkpoints of unfinished trainings, as jobs see it."""
        return self.files.moved(self.results("checkpoints"))

    def plan(self, workflow: Any) -> None:
        """Plan a run (see :meth:`SmallFiles.plan <lib.workflow.small_files.SmallFiles.plan>`)."""
        want_hooks(workflow)
        self.files.plan(workflow.is_main_process)

    def begin(self, workflow: Any) -> None:
        """Begin to run Snakemake's jobs. Ends the process with one line where another run is at work here."""
        self.files.begin(self.files.here / path for path in to_be_made(workflow))
        remove_others(self._source)
        if workflow.local_exec:
            os.environ[RUNNER] = str(os.getpid())
            lift_rate_limit(workflow)
            log = self.files.here / f".snakemake/forkserver.{self.name}.log"
            modules = modules_to_run(workflow, self.scripts.before)
            environment = self.files.at(self.job_environment)
            self._server = None if self.deployed else forkserver.start(self._source, environment, log, modules)
            if self._server:
                count_forks(self._server.pid)

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

    def settings_of(self, section: str, names: Iterable[str]) -> list[str]:
        """The files of those entries of a section, perhaps a derived one, that are there."""
        paths = (f"{section}.{name}" for name in names)
        return [self.settings(path) for path in paths if path in self._settings]

    @cached_property
    def _settings(self) -> dict[str, Any]:
        """Every section of the configuration by dotted path, derived ones too, without what is kept out."""
        found = dict(_sections({**without(self.config, self.kept_out), **self.derived}))
        return {name: section for name, section in found.items() if name not in self.derived}

    def write_settings(self) -> None:
        """Write every section of the configuration, derived ones too, to its file.

        Ends the process with one line where another Snakefile has made a run of this name.
        """
        owner = f"{self.folder}/inputs/snakefile.txt"
        known = self.files.at(owner)
        if known.is_file() and (other := read_own(known).strip()) != self.snakefile:
            where = self.files.moved(f"{self.folder}/").rstrip("/")
            raise SystemExit(f"{where}: the run of {other}; give this one another name (run: in its configuration)")
        self.files.write(owner, self.snakefile + "\n")
        for name, section in self._settings.items():
            self.files.write(self.settings(name), stable_json(section))

    def version_of(self, package: str, shared: bool = False) -> str:
        """The file with the version of an installed package; ``shared`` as for :meth:`code_of`.

        Ends the process with one line where it is not installed, unless jobs have an environment of their own.
        """
        path = f"{'data' if shared else self.folder}/inputs/versions/{package}.txt"
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            if not self.deployed:
                raise SystemExit(
                    f"{package} is not installed where Snakemake runs; install requirements.txt there, or give jobs an"
                    " environment of their own: --software-deployment-method conda"
                ) from None
            version = "that of environment.yml"
        return self.files.write(path, version + "\n")

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
        text = read_own(self.root / path)
        return self.files.write(f"{self.folder}/inputs/files/{path}", text)

    def entry(self, path: str, key: str) -> str:
        """A file with one entry of a YAML file, for the data folder, so that an entry more reruns nothing."""
        entries = read_own_yaml(self.root / path)
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

    def made_with(self, figure_code: Iterable[str]) -> str:
        """The file with the digests of the report's texts and figure code (see :mod:`lib.workflow.made_with`)."""
        return self.files.write(f"{self.folder}/inputs/made_with.json", stable_json(made_with(self.root, figure_code)))

    def write_rules(self, rules: Iterable[Any], beside: Sequence[str] = ()) -> None:
        """Write down all of Snakemake's rules (see :class:`RuleFiles <lib.workflow.rule_files.RuleFiles>`)."""
        self.rules.write(rules, beside)
        with writing(self.files.here / ".snakemake"):
            self.tree.save()
            self.report.templates.save()

    def write_job_environment(self) -> None:
        """Write what the shell of every job does first, so that it finds its interpreter and the run's own code.

        It does so in the jobs alone, not in Snakemake: with this report as a module, other rules keep their own.
        """
        folder = str(self._source.resolve())
        if os.pathsep in folder:
            raise SystemExit(f"{folder}: PYTHONPATH cannot have a {os.pathsep!r} in a path; work in another folder")
        source = shlex.quote(folder)
        lines = [
            f"export PYTHONPATH={source}${{PYTHONPATH:+:$PYTHONPATH}}",
            "export PYTHONSAFEPATH=1  # not the folder where Snakemake runs: there the code may have been edited since",
            "# Jupyter and Colab name a module of their own, which matplotlib refuses where it is not installed.",
            "export MPLBACKEND=agg",
            "# glibc would give large blocks back after every step of a training and fault them in again: a fifth of",
            "# the time. Other C libraries ignore these.",
            f"export {' '.join(f'{name}={value}' for name, value in ALLOCATOR.items())}",
        ]
        if not self.deployed:
            client = shlex.quote(f"{folder}/lib/workflow/forked.py")
            server = forkserver.socket_variable(self._source)
            lines += [
                f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH",
                "# In a fork of what has imported it, where there is such a process (lib.workflow.forkserver).",
                f'if [ -n "${{{server}:-}}" ]; then python() {{ command python -S {client} "${server}" "$@"; }}; fi',
            ]
        self.files.write(self.job_environment, "\n".join(lines) + "\n")


def _sections(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield name, value
            yield from _sections(value, f"{name}.")
