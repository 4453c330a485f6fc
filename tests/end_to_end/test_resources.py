"""No room, no permission, no memory: one clear line, finished work as it was, and the next call goes on."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Project
from tests.end_to_end.test_interruptions import ADAM, TRAINED, digests

# A superuser writes anywhere; without its capabilities the bits of files and folders count for it as well.
PLAIN_USER = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []


def snakemake(project: Project, *targets: str, limit: Callable[[], None] | None = None, start: tuple[str, ...] = ()):
    command = [*start, sys.executable, "-m", "snakemake", "--cores", "1", "--configfile", "presets/test.yaml", "--"]
    return subprocess.run(
        [*command, *targets],
        cwd=project.folder,
        preexec_fn=limit,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )


def remade(finished: Project, before: dict[str, str], *targets: str) -> None:
    """The next call, without the fault, goes on and ends with the same bytes."""
    done = snakemake(finished, *targets)
    assert done.returncode == 0, done.stdout[-3000:]
    assert finished.snakemake().returncode == 0
    assert digests(finished) == before


def test_files_that_cannot_grow_are_named_and_nothing_partial_stays(finished):
    before = digests(finished)
    weights = "results/test/vision/cnn-rgb/seed0/weights.npz"
    for name in TRAINED:
        (finished.folder / name).unlink()
    # Larger than every log, smaller than the weights: as on a disk that fills up while they are written.
    done = snakemake(
        finished, weights, limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    )
    assert done.returncode != 0
    assert "File too large" in done.stdout
    assert not (finished.folder / weights).exists()
    assert all(before[name] == digest for name, digest in digests(finished).items())
    remade(finished, before, weights)


@pytest.fixture
def read_only(finished):
    """Makes a folder of the finished project read-only for a while."""
    locked: list[Path] = []

    def lock(name: str) -> None:
        folder = finished.folder / name
        locked.append(folder)
        folder.chmod(0o555)

    yield lock
    for folder in locked:
        folder.chmod(0o755)


@pytest.mark.parametrize("folder", ["results", "results/test"])
def test_a_results_folder_that_cannot_be_written_is_one_line(finished, read_only, folder):
    before = digests(finished)
    aside = finished.folder / "aside"
    shutil.move(finished.folder / "results/test", aside)
    if folder == "results/test":
        (finished.folder / folder).mkdir()
    read_only(folder)
    done = snakemake(finished, *ADAM, start=tuple(PLAIN_USER))
    (finished.folder / folder).chmod(0o755)
    if folder == "results/test":
        (finished.folder / folder).rmdir()
    shutil.move(aside, finished.folder / "results/test")
    assert done.returncode != 0
    assert "results/test: cannot be written to (Permission denied)" in done.stdout
    assert "Traceback" not in done.stdout
    assert digests(finished) == before


def test_a_data_folder_that_cannot_be_written_is_one_line(finished, read_only):
    before = digests(finished)
    aside = finished.folder / "aside"
    shutil.move(finished.folder / "data", aside)
    (finished.folder / "data").mkdir()
    read_only("data")
    done = snakemake(finished, *ADAM, start=tuple(PLAIN_USER))
    (finished.folder / "data").rmdir()
    shutil.move(aside, finished.folder / "data")
    assert done.returncode != 0
    assert "data: cannot be written to (Permission denied)" in done.stdout
    assert "Traceback" not in done.stdout
    assert digests(finished) == before


def test_a_job_without_memory_is_one_line_and_the_next_call_goes_on(finished):
    before = digests(finished)
    for name in ADAM:
        (finished.folder / name).unlink()
    script = finished.folder / "scripts/train_optimizer.py"
    text = script.read_text(encoding="utf-8")
    begins = ") -> None:\n"
    assert text.count(begins) == 1
    script.write_text(text.replace(begins, f"{begins}    bytearray(1 << 60)\n"))
    done = snakemake(finished, *ADAM)
    script.write_text(text)
    assert done.returncode != 0
    assert "error: not enough memory" in done.stdout
    assert "Traceback" not in done.stdout
    remade(finished, before, *ADAM)


def test_a_training_that_diverges_says_so_and_writes_nothing(finished):
    before = digests(finished)
    outputs = [name.replace("cnn-rgb", "gray3_mlp") for name in TRAINED]
    path = finished.folder / "presets/test.yaml"
    text = path.read_text(encoding="utf-8")
    assert "arms:\n" in text
    path.write_text(text.replace("arms:\n", f"arms:\n{DIVERGING}", 1))
    done = snakemake(finished, *outputs)
    path.write_text(text)
    assert done.returncode != 0
    assert "error: the training loss is not finite in epoch" in done.stdout
    assert "try a lower learning rate" in done.stdout
    assert all(before[name] == digest for name, digest in digests(finished).items())
    remade(finished, before, *outputs)


DIVERGING = "  gray3_mlp: { training: { optimizer: { learning_rate: 1.0e+3, weight_decay: 1.0e+3 } } }\n"


def may_mount() -> bool:
    return subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not may_mount(), reason="a small disk needs the right to mount one")
def test_a_full_disk_is_named_and_the_next_call_goes_on_with_more_room(finished):
    """A file system of its own, with too little room for the weights; then the same one, larger."""
    before = digests(finished)
    aside, run = finished.folder / "aside", finished.folder / "results/test"
    shutil.move(run, aside)
    run.mkdir()
    wide = [name.replace("cnn-rgb", "wide_mlp") for name in TRAINED]
    call = f"{sys.executable} -m snakemake --cores 1 --configfile presets/test.yaml -- {' '.join(wide)}"
    room = sum(path.stat().st_size // 4096 + 1 for path in (aside / "inputs").rglob("*")) * 4 + 200  # kB
    weights = (aside / "vision/wide_mlp/seed0/weights.npz").stat().st_size
    assert weights > 400_000, "the weights would fit"
    script = f"""
        mount -t tmpfs -o size={room}k tmpfs results/test
        {call}; echo first ended with $?
        find results/test -name weights.npz -o -name '*.tmp*' | sed 's/^/left over: /'
        mount -o remount,size=200m results/test
        {call}; echo second ended with $?
        cp -r results/test/vision {aside}/again
    """
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script],
        cwd=finished.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    run.rmdir()
    shutil.move(aside, run)
    again = run / "again"
    made = {name: hashlib.sha256((again / Path(name).relative_to("results/test/vision")).read_bytes()) for name in wide}
    shutil.rmtree(again)
    assert "No space left on device" in done.stdout
    assert "Traceback" not in done.stdout
    assert "first ended with 1" in done.stdout and "second ended with 0" in done.stdout, done.stdout[-3000:]
    assert "left over" not in done.stdout
    assert {name: digest.hexdigest() for name, digest in made.items()} == {name: before[name] for name in wide}
    assert digests(finished) == before
