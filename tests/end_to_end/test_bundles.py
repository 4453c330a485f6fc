"""Trainings of a finished run, packed and taken into a clean copy of the project, are results like others there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Project, copy_project

TRAINS = {"train_vision", "evaluate_vision", "evaluate_shifts", "evaluate_augmented"}


def command(project: Project, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"scripts.{script}", *arguments],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )


@pytest.fixture(scope="module")
def bundle(pristine: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All trainings of the finished run, with all weights."""
    project = pristine.copy(tmp_path_factory.mktemp("packed") / "project")
    target = project.folder / "bundle.zip"
    done = command(project, "pack_trainings", "results/test", "--weights", "all", "--bundle", str(target))
    assert done.returncode == 0, done.stdout
    return target


@pytest.fixture(scope="module")
def clean(pristine: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project without results, but with the prepared data."""
    project = copy_project(tmp_path_factory.mktemp("clean") / "project")
    shutil.copytree(pristine.folder / "data", project.folder / "data")
    return project


def test_what_was_taken_is_not_trained_again_and_the_report_says_where_it_was_made(bundle, clean):
    taken = command(clean, "take_bundle", str(bundle), "--preset", "test")
    assert taken.returncode == 0, taken.stdout
    assert not TRAINS & clean.would_run()
    sections = [f"results/test/sections/environment.{language}.md" for language in ("zh", "en")]
    done = clean.snakemake("--", *sections)
    assert done.returncode == 0, done.stdout[-3000:]
    told = [(clean.folder / path).read_text(encoding="utf-8") for path in sections]
    assert "taken from a bundle" in told[1]
    assert "取自训练包" in told[0]


def test_other_settings_are_refused_by_name_and_nothing_is_taken(bundle, tmp_path):
    project = copy_project(tmp_path / "project")
    project.replace("presets/test.yaml", "          hidden: [32, 16]\n", "          hidden: [32, 17]\n")
    taken = command(project, "take_bundle", str(bundle), "--preset", "test")
    assert taken.returncode == 1
    assert "settings.model.hidden" in taken.stdout.splitlines()[-1]
    assert not list((project.folder / "results/test").glob("vision/*/seed0/weights.npz"))


def test_other_code_needs_to_be_accepted_and_is_marked(bundle, tmp_path, pristine):
    project = copy_project(tmp_path / "project")
    shutil.copytree(pristine.folder / "data", project.folder / "data")
    project.replace("lib/vision/training.py", "PROGRESS_SECONDS = 60", "PROGRESS_SECONDS = 61")
    refused = command(project, "take_bundle", str(bundle), "--preset", "test")
    assert refused.returncode == 1
    assert "--accept-code" in refused.stdout.splitlines()[-1]
    accepted = command(project, "take_bundle", str(bundle), "--preset", "test", "--accept-code")
    assert accepted.returncode == 0, accepted.stdout
    assert "train_vision" not in project.would_run()
    section = "results/test/sections/environment.en.md"
    assert project.snakemake("--", section).returncode == 0
    assert "other code" in (project.folder / section).read_text(encoding="utf-8")
