"""Beside a run at work, none of the small files that it may read is written, and no data that it may read are made."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from lib.workflow.kept_times import same_time
from lib.workflow.lock import RUNNING, try_hold
from lib.workflow.small_files import SmallFiles

ROOT = Path(__file__).parents[2]
OWN, SHARED = "results/mine/inputs/settings/a.json", "data/inputs/code/prepare.txt"
MADE = "data/prepared/real/mnist.npz"
RUN = """
import sys
from pathlib import Path
from lib.workflow.small_files import SmallFiles

here, name, *made = sys.argv[1:]
files = SmallFiles(name, Path(here))
files.plan(is_main_process=True)
files.begin(Path(here, path) for path in made)
print("begun", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def at_work(here: Path, run: str, *made: str) -> Iterator[None]:
    command = [sys.executable, "-c", RUN, here, run, *made]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        assert process.stdout.readline() == "begun\n"
        yield
        process.stdin.close()


def planned(here: Path, *, is_main_process: bool = True, text: str = "new") -> SmallFiles:
    files = SmallFiles("mine", here)
    files.plan(is_main_process)
    for path in (OWN, SHARED):
        files.write(path, text)
    return files


def texts(here: Path) -> list[str]:
    return [(here / path).read_text() for path in (OWN, SHARED)]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    planned(tmp_path, text="old")
    return tmp_path


def test_beside_another_run_only_the_shared_files_stay_and_a_line_says_so(old, capsys):
    with at_work(old, "other"):
        planned(old)
    assert texts(old) == ["new", "old"]
    said = f"{old / SHARED}: stays as it is, since {old}/results/other may be at work and read it\n"
    assert capsys.readouterr().err == said
    planned(old)
    assert texts(old) == ["new", "new"]


def test_beside_a_run_of_the_same_name_all_stay(old, capsys):
    with at_work(old, "mine"):
        planned(old)
    assert texts(old) == ["old", "old"]
    assert capsys.readouterr().err == f"{old}/results/mine: a run is at work here; this plan is of what it began with\n"


def test_a_job_on_a_cluster_takes_what_is_there_and_adds_what_is_missing(old, capsys):
    planned(old, is_main_process=False)
    assert texts(old) == ["old", "old"]
    (old / SHARED).unlink()
    planned(old, is_main_process=False)
    assert texts(old) == ["old", "new"]
    assert not capsys.readouterr().err


def test_a_run_whose_shared_files_were_changed_after_its_plan_does_not_begin(old):
    files = planned(old)
    SmallFiles("other", old).write(SHARED, "of other code")
    with pytest.raises(SystemExit, match=rf"{SHARED}: changed since this run was planned; start it again$"):
        files.begin([])


def test_one_run_at_a_time_prepares_the_same_data(old):
    with at_work(old, "other", MADE):
        with pytest.raises(SystemExit, match="data/prepared/real: another run prepares data there; start again when"):
            planned(old).begin([old / MADE])
        planned(old).begin([old / MADE.replace("real", "sample")])
        planned(old).begin([old / "results/mine/x.csv"])


def test_data_that_a_run_may_read_are_not_made_again(old):
    (old / MADE).parent.mkdir(parents=True)
    (old / MADE).touch()
    with (
        at_work(old, "other"),
        pytest.raises(SystemExit, match=rf"{MADE}: to be made again, but {old}/results/other may read it; start again"),
    ):
        planned(old).begin([old / MADE])
    planned(old).begin([old / MADE])


def test_data_that_a_run_may_read_do_not_count_as_new(old):
    data = old / MADE
    data.parent.mkdir(parents=True)
    data.touch()
    os.utime(data, (1000, 1000))
    for digest, beside in (("a", False), ("a", True), ("b", True), ("b", False)):
        keep = same_time(SmallFiles("mine", old), MADE, lambda _, digest=digest: digest, lambda: None)
        with at_work(old, "other") if beside else contextlib.nullcontext():
            if beside and digest == "b":
                with pytest.raises(SystemExit, match=rf"{MADE}: has changed, but .*other may read"):
                    keep({})
            else:
                keep({})
        assert (data.stat().st_mtime == 1000) is (digest == "a" or beside)


def test_one_that_only_asks_whether_a_run_is_at_work_does_not_pass_for_it(tmp_path):
    (tmp_path / RUNNING).touch()  # of a run that was killed
    asking = FileLock(tmp_path / ".lock", thread_local=False)
    asking.acquire()
    timer = threading.Timer(0.3, asking.release)
    timer.start()
    assert try_hold(tmp_path) is not None
    timer.join()
    assert not (tmp_path / RUNNING).exists()
