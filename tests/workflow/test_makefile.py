"""What ``make`` does before it runs anything."""

import os
import shutil
import subprocess
import sys
import zipfile
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


@pytest.mark.parametrize("preset", ["", "demo"])
def test_what_follows_the_logger_is_not_taken_for_another_logger(preset):
    said = make(ROOT, "-n", "weights", f"PRESET={preset}", "-o", ".venv/ready-dev")
    assert "-- export_weights" in said


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


def empty_lists(folder):
    for name in ("requirements.txt", "requirements-dev.txt", "requirements.lock"):
        (folder / name).touch()


def wheel(folder, name):
    """A package of no content, as PyTorch's index has its builds for the CPU."""
    about = f"{name}-9.9+cpu.dist-info"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / f"{name}-9.9+cpu-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 9.9+cpu\n")
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    (folder / "index.html").write_text(f'<a href="{name}-9.9+cpu-py3-none-any.whl">{name}</a>')


@pytest.mark.parametrize(("torch", "there"), [("cpu", True), ("cpu", False), ("default", True), ("cuda", True)])
def test_the_build_of_pytorch_for_the_cpu_comes_from_its_own_index_if_that_is_there(
    tmp_path, monkeypatch, torch, there
):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)  # this machine's may name other places
    shutil.copy(ROOT / "Makefile", tmp_path)
    empty_lists(tmp_path)
    if there:
        for name in ("torch", "torchvision"):
            wheel(tmp_path / "index/cpu" / name, name)
    index = f"TORCH_INDEX={(tmp_path / 'index').as_uri()}"
    said = make(tmp_path, ".venv/ready", f"PYTHON={sys.executable}", f"TORCH={torch}", index)
    listed = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        tmp_path / ".venv/bin/python",
        "list",
        "--disable-pip-version-check",
    ]
    found = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    assert ("9.9+cpu" in found) is (torch == "cpu" and there)
    assert ("cannot be used from here" in said) is (torch == "cpu" and not there)


def test_another_build_of_pytorch_is_refused(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    done = subprocess.run(["make", "demo", "TORCH=rocm"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert "TORCH=rocm: there is no such build of PyTorch; allowed: cpu, cuda, default" in done.stderr


@pytest.mark.parametrize("broken", ["killed before pip was there", "Python removed", "made by uv"])
def test_a_broken_environment_is_mended_and_a_good_one_left_alone(tmp_path, broken):
    shutil.copy(ROOT / "Makefile", tmp_path)
    empty_lists(tmp_path)
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
    empty_lists(old)
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
