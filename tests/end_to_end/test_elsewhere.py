"""Snakemake runs in another folder than that of the project, or has the project as a module of another workflow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Project, copy_project

IMPORTER = """
configfile: "{project}/presets/test.yaml"

module lab:
    snakefile: "{project}/Snakefile"
    config: config
    prefix: "my lab"

use rule * from lab as lab_*

rule mine:
    default_target: True
    input: {target}
    output: "mine.txt"
    shell: "env > {{output}}"
"""
SMALLEST = (
    IMPORTER.replace("/Snakefile", "/examples/smallest/Snakefile")
    .replace("config: config", "")
    .replace('configfile: "{project}/presets/test.yaml"', "")
)
LOADED = "import sys; sys.path.insert(0, '.'); import"
SMALL_TARGET = "results/test/mnist/architecture.json"


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return copy_project(tmp_path_factory.mktemp("elsewhere") / "project")


def snakemake(here: Path, *arguments: str | Path, status: int = 0) -> str:
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *map(str, arguments)]
    done = subprocess.run(command, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    assert done.returncode == status, done.stdout[-3000:]
    return done.stdout


def importer(here: Path, project: Project, target: str, snakefile: str = IMPORTER) -> None:
    (here / "Snakefile").write_text(snakefile.format(project=project.folder, target=target), encoding="utf-8")


def test_results_lie_where_snakemake_was_started_whatever_lies_there(project, tmp_path):
    for name in ("lib", "scripts"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('a package of another project')")
    preset = project.folder / "presets/test.yaml"
    snakemake(tmp_path, "-s", project.folder / "Snakefile", "--configfile", preset, "--", SMALL_TARGET)
    assert (tmp_path / SMALL_TARGET).is_file()
    assert not (project.folder / "results").exists()


def test_results_lie_in_the_folder_that_was_named(project, tmp_path):
    said = snakemake(project.folder, "-n", "--directory", tmp_path, "--configfile", "presets/test.yaml")
    assert "render_report" in said
    assert (tmp_path / "results/test/inputs").is_dir()


def test_a_configuration_that_is_not_there_is_named(project):
    hidden = (project.folder / "config.yaml").rename(project.folder / "hidden.yaml")
    try:
        said = snakemake(project.folder, "-n", "--configfile", "presets/test.yaml", status=1)
    finally:
        hidden.rename(project.folder / "config.yaml")
    assert f"\n{project.folder}/config.yaml: no such file" in said


def test_another_workflow_has_it_as_a_module(project, tmp_path):
    importer(tmp_path, project, f'"my lab/{SMALL_TARGET}"')
    snakemake(tmp_path)
    assert json.loads((tmp_path / f"my lab/{SMALL_TARGET}").read_text())
    assert {path.name for path in tmp_path.iterdir()} == {".snakemake", "Snakefile", "my lab", "mine.txt"}
    assert (tmp_path / "my lab/results/test/.running").is_file()  # jobs were begun as in a run of its own
    assert "PYTHONSAFEPATH" not in (tmp_path / "mine.txt").read_text()  # of the module's jobs alone
    importer(tmp_path, project, "rules.lab_all.input")
    said = snakemake(tmp_path, "-n")
    assert "lab_render_report" in said
    rules = json.loads((tmp_path / "my lab/results/test/inputs/rules.json").read_text())
    assert "lab_train_mnist" in rules and "mine" not in rules and "lab_publish" not in rules


TWO = """
configfile: "{project}/presets/test.yaml"

module first:
    snakefile: "{project}/Snakefile"
    config: config
    prefix: "first"

use rule * from first as first_*

module second:
    snakefile: "{project}/examples/smallest/Snakefile"
    prefix: "second"

use rule * from second as second_*

rule mine:
    default_target: True
    input: {target}
    output: "mine.txt"
    shell: "python -m once > {{output}}"
"""


def test_two_reports_are_modules_of_one_workflow_each_with_its_own_code(project, tmp_path):
    (tmp_path / "once.py").write_text("open('ran.txt', 'a').write('once')", encoding="utf-8")
    targets = [f"first/{SMALL_TARGET}", "second/results/smallest/digits/seed0.csv"]
    importer(tmp_path, project, ", ".join(map(repr, targets)), TWO)
    snakemake(tmp_path)
    assert all((tmp_path / target).is_file() for target in targets)
    assert (tmp_path / "ran.txt").read_text() == "once"  # and not beforehand, by a server


@pytest.mark.parametrize(
    ("snakefile", "told"),
    [
        (IMPORTER.replace("config: config", "config: dict(seds=1)"), "config of module lab: seds: unknown key 'seds'"),
        (f"{LOADED} lib" + IMPORTER, "another module lib, {here}/lib/__init__.py, is loaded already; give that one"),
        (f"{LOADED} lib" + SMALLEST, "another module lib, {here}/lib/__init__.py, is loaded already"),
        (f"{LOADED} configuration" + SMALLEST, "another module configuration, {here}/configuration.py, is loaded"),
    ],
)
def test_what_keeps_it_from_being_a_module_is_told_in_one_line(project, tmp_path, snakefile, told):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/__init__.py").touch()
    (tmp_path / "configuration.py").touch()
    importer(tmp_path, project, "rules.lab_all.input", snakefile)
    said = snakemake(tmp_path, "-n", status=1)
    assert told.format(here=tmp_path) in said and "Traceback" not in said


def test_a_plain_module_lib_of_another_workflow_is_told_in_one_line(project, tmp_path):
    (tmp_path / "lib.py").touch()
    importer(tmp_path, project, "rules.lab_all.input", f"{LOADED} lib" + IMPORTER)
    said = snakemake(tmp_path, "-n", status=1)
    assert f"another module lib, {tmp_path}/lib.py, is loaded" in said and "Traceback" not in said


def test_a_report_of_its_own_folder_is_a_module_too(project, tmp_path):
    importer(tmp_path, project, "rules.lab_all.input", SMALLEST)
    assert "lab_summarise_digits" in snakemake(tmp_path, "-n")
    assert (tmp_path / "my lab/results/smallest/inputs").is_dir()


def test_storage_that_jobs_do_not_see_as_a_folder_is_refused(project):
    said = snakemake(
        project.folder, "-n", "--default-storage-provider", "fs", "--default-storage-prefix", "x", status=1
    )
    assert "\n--default-storage-provider fs: results must lie in a folder" in said


def test_a_folder_that_snakemake_cannot_have_a_workflow_in_is_told(project, tmp_path):
    braces = tmp_path / "a{b}"
    braces.symlink_to(project.folder, target_is_directory=True)
    for snakefile in ("Snakefile", "examples/smallest/Snakefile"):
        said = snakemake(tmp_path, "-n", "-s", braces / snakefile, status=1)
        assert "a{b}: Snakemake takes braces" in said and "Traceback" not in said
