"""The report of examples/smallest: another content on the same engine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lib.report.html import page_problems
from tests.end_to_end.conftest import copy_project

ENGINE = ("lib.report", "lib.claims", "lib.workflow", "lib.bounds")
SNAKEFILE = "examples/smallest/Snakefile"


def snakemake(folder: Path, *arguments: str, snakefile: str = SNAKEFILE, status: int = 0) -> str:
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "-s", snakefile, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == status, done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    project = copy_project(tmp_path_factory.mktemp("smallest") / "project")
    snakemake(project.folder)
    return project.folder


def test_it_writes_both_pages_with_figure_table_number_and_verdict(folder):
    report = folder / "results/smallest/report"
    for language, verdict in (("en", "reproduced"), ("zh", "得到重现")):
        text = (report / f"report.{language}.md").read_text(encoding="utf-8")
        assert "figures/digits_curves.svg" in text and "| 94." in text and verdict in text
        assert not page_problems((report / f"report.{language}.html").read_text(encoding="utf-8"))
    assert (report / "figures/digits_curves.svg").stat().st_size > 1000


def test_its_numbers_lead_to_its_runs_and_its_command_to_itself(folder):
    summary = json.loads((folder / "results/smallest/summaries/digits.json").read_text(encoding="utf-8"))
    assert sorted(summary["numbers"]["digits.test_accuracy"]["runs"]) == ["0", "1", "2"]
    rows = (folder / "results/smallest/tables/runs.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[:4] for row in rows[1:]] == [["digits", "", "digits.test_accuracy", seed] for seed in "012"]
    page = (folder / "results/smallest/report/report.en.html").read_text(encoding="utf-8")
    assert f"snakemake --cores 2 --force -s {SNAKEFILE} -- results/smallest/tables/digits_results.csv" in page


def test_it_runs_nothing_of_the_other_report(folder):
    stamps = [path.read_text(encoding="utf-8") for path in (folder / "results/smallest/inputs/code").glob("*.txt")]
    modules = {line.split()[1] for text in stamps for line in text.splitlines()[1:]}
    assert len(modules) > 20
    content = {name for name in modules if name.startswith("lib.") and not name.startswith(ENGINE)}
    assert not content


def test_it_reruns_what_a_change_rests_on_and_nothing_else(folder):
    assert "Nothing to be done" in snakemake(folder, "-n")
    table = folder / "results/smallest/tables/digits_results.csv"
    table.rename(folder / "aside.csv")
    assert "summarise_digits" in snakemake(folder, "-n")
    (folder / "aside.csv").rename(table)
    claims = folder / "examples/smallest/report/claims.yaml"
    text = claims.read_text(encoding="utf-8")
    claims.write_text(text.replace("limit: 0.9", "limit: 0.99"), encoding="utf-8")
    table = snakemake(folder, "-n").rpartition("Job stats:")[2]
    rules = set(re.findall(r"^(\w+) +\d+$", table, re.MULTILINE)) - {"total", "all"}
    assert rules == {"decide_claims", "collect_claims", "render_digits", "render_report"}
    claims.write_text(text, encoding="utf-8")


def test_a_copy_with_another_name_is_a_report_of_its_own(folder):
    shutil.copytree(folder / "examples/smallest", folder / "examples/mine")
    try:
        refused = snakemake(folder, "-n", snakefile="examples/mine/Snakefile", status=1)
        assert "results/smallest: the run of examples/smallest/Snakefile; give this one another name" in refused
        config = folder / "examples/mine/config.yaml"
        config.write_text(config.read_text(encoding="utf-8").replace("run: smallest", "run: mine"), encoding="utf-8")
        snakemake(folder, snakefile="examples/mine/Snakefile")
        assert (folder / "results/mine/report/report.en.html").is_file()
    finally:
        shutil.rmtree(folder / "examples/mine")


def test_a_claim_about_a_number_of_no_study_is_told_in_one_line(folder):
    claims = folder / "examples/smallest/report/claims.yaml"
    text = claims.read_text(encoding="utf-8")
    claims.write_text(text.replace("metric: digits.", "metric: forest."), encoding="utf-8")
    said = snakemake(folder, "-n", status=1)
    claims.write_text(text, encoding="utf-8")
    assert "examples/smallest/report/claims.yaml: nine-in-ten: no study 'forest'; allowed: digits" in said


def test_it_is_small(folder):
    files = [path for path in (folder / "examples/smallest").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files) <= 150
