"""What ``make`` does before it runs anything."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make(folder: Path, *arguments: str, status: int = 0) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # of `make test`
    done = subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == status, done.stdout
    return done.stdout


@pytest.mark.parametrize("target", ["report", "pdf", "publish", "snakemake-report", "pack", "take"])
def test_a_preset_that_is_not_there_is_told_in_one_line(target):
    said = make(ROOT, "-n", target, "PRESET=nope", status=2).splitlines()
    assert len(said) == 1
    assert "PRESET=nope: there is no such preset; allowed: main" in said[0] and "demo" in said[0]


def test_the_run_without_a_preset_has_a_name_too():
    said = make(ROOT, "-n", "report", "PRESET=main", "-o", ".venv/ready")
    assert "--configfile" not in said and "results/main/report/" in said


@pytest.mark.parametrize("target", ["report", "demo", "snakemake-report", "pack"])
def test_a_run_goes_by_its_name_not_by_that_of_its_preset(tmp_path, target):
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "presets").mkdir()
    (tmp_path / "config.yaml").write_text("# every knob\nrun: usual # results\nreport: {}\n")
    (tmp_path / "presets/same.yaml").write_text("seeds: {}\n")
    (tmp_path / "presets/demo.yaml").write_text("run: 'other'\n")
    for preset, name in (("demo", "other"), ("same", "usual"), ("main", "usual"), ("", "usual")):
        said = make(tmp_path, "-n", target, f"PRESET={preset}", "-o", ".venv/ready")
        assert f"results/{'other' if target == 'demo' else name}" in said


@pytest.mark.parametrize("broken", ["killed before pip was there", "Python removed", "made by uv"])
def test_a_broken_environment_is_mended_and_a_good_one_left_alone(tmp_path, broken):
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("requirements.txt", "requirements.lock"):
        (tmp_path / name).touch()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    python = tmp_path / ".venv/bin/python"
    if broken != "killed before pip was there":
        (tmp_path / ".venv/ready").touch()
    if broken == "Python removed":
        python.unlink()
        python.symlink_to(tmp_path / "gone")
    made = make(tmp_path, ".venv/ready", f"PYTHON={sys.executable}")
    pip = subprocess.run([python, "-m", "pip", "--version"], capture_output=True)
    assert (pip.returncode == 0) is ("up to date" not in made) is (broken != "made by uv")
    assert "up to date" in make(tmp_path, ".venv/ready")


def test_an_environment_works_after_its_project_was_moved(tmp_path):
    old = tmp_path / "old place"
    old.mkdir()
    shutil.copy(ROOT / "Makefile", old)
    for name in ("requirements.txt", "requirements.lock"):
        (old / name).touch()
    subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", "--without-pip", old / ".venv"], check=True)
    tool = old / ".venv/bin/tool"
    tool.write_text(f"#!/bin/sh\nexec '{old}/.venv/bin/python' -c 'print(40 + 2)'\n")
    tool.chmod(0o755)
    make(old, ".venv/ready")
    assert "up to date" in make(old, ".venv/ready")
    new = old.rename(tmp_path / "new place")
    make(new, ".venv/ready")
    assert subprocess.run([new / ".venv/bin/tool"], capture_output=True, text=True, check=True).stdout == "42\n"
    assert "up to date" in make(new, ".venv/ready")
