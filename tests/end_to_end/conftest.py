"""A copy of the project with a finished run of the ``test`` preset, shared by all tests of this folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from tests.end_to_end.plan import Plan

ROOT = Path(__file__).parents[2]
PARTS = (
    "CITATION.cff",
    "Makefile",
    "README.md",
    "README.zh.md",
    "Snakefile",
    "config.yaml",
    "environment.yml",
    "examples",
    "lib",
    "presets",
    "profiles",
    "requirements.lock",
    "requirements.txt",
    "report",
    "rules",
    "scripts",
)


@dataclass(frozen=True)
class Project:
    """A copy of the project, and how to run Snakemake in it."""

    folder: Path

    def snakemake(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run with two cores and the ``test`` preset; output and errors in one text.

        A mirror of the real data that the tests themselves have is hidden from it.
        """
        return self.plain_snakemake("--configfile", "presets/test.yaml", *arguments, **environment)

    def plain_snakemake(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """The same without the preset."""
        return subprocess.run(
            [sys.executable, "-m", "snakemake", "--cores", "2", *arguments],
            cwd=self.folder,
            env={name: value for name, value in os.environ.items() if name != "DATA_MIRROR"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
        )

    def would_run(self, *arguments: str) -> set[str]:
        """Rules that a dry run lists, without the target rule."""
        done = self.snakemake("-n", *arguments)
        assert done.returncode == 0, done.stdout[-3000:]
        if "Nothing to be done" in done.stdout:
            return set()
        table = done.stdout.rpartition("Job stats:")[2]
        return set(re.findall(r"^(\w+) +\d+$", table, re.MULTILINE)) - {"total", "all"}

    def copy(self, target: Path) -> Project:
        """The same project with all results in another folder, file times included."""
        shutil.copytree(self.folder, target)
        return Project(target)

    def replace(self, name: str, old: str, new: str) -> None:
        """Edit one file; the old text must be there once."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")


def copy_project(target: Path) -> Project:
    """The project's own files in another folder, without results."""
    target.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target / part)
    return Project(target)


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Project:
    """The project after a whole run of the ``test`` preset, made once for all workers of pytest-xdist: not to touch."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    made = shared / "finished-run"
    with FileLock(shared / "finished-run.lock"):
        if not made.exists():
            project = copy_project(shared / "unfinished-run")
            done = project.snakemake()
            assert done.returncode == 0, done.stdout[-5000:]
            project.folder.rename(made)
    return Project(made)


@pytest.fixture(scope="session")
def finished(pristine: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the finished run, one for each worker, which tests may change and put right again."""
    return pristine.copy(tmp_path_factory.mktemp("finished") / "project")


@pytest.fixture
def edit(finished: Project) -> Iterator[Callable[[str, str, str], None]]:
    """Edit files of the finished project; afterwards they are as they were, stamps included."""
    kept: dict[Path, bytes] = {}

    def replace(name: str, old: str, new: str) -> None:
        path = finished.folder / name
        kept.setdefault(path, path.read_bytes())
        finished.replace(name, old, new)

    inputs = finished.folder / "results/test/inputs"
    backup = finished.folder / "inputs-backup"
    shutil.copytree(inputs, backup)
    yield replace
    for path, content in kept.items():
        path.write_bytes(content)
    shutil.rmtree(inputs)
    shutil.move(backup, inputs)  # with their times


@pytest.fixture(scope="module")
def plan(finished: Project) -> Plan:
    return Plan.of(finished)
