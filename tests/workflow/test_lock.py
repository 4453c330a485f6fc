"""Files of another user are one line that names them, and his run is left alone."""

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.workflow.lock import RUNNING, begin, hold, is_running, try_hold
from lib.workflow.small_files import SmallFiles
from tests.workflow.another_user import another_user


def close(folder: Path, name: str) -> None:
    """All of ``folder`` is open to all users, but one file or folder in it that is read-only."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    (folder / name).chmod(0o555 if (folder / name).is_dir() else 0o444)


@pytest.mark.parametrize("take", [hold, try_hold, lambda folder: begin(folder, None)])
def test_the_lock_of_another_user_is_named(here: Path, take: Callable[[Path], object]) -> None:
    (here / ".lock").touch()
    close(here, ".lock")
    with (
        another_user(),
        pytest.raises(SystemExit, match=r"/\.lock: cannot be written to \(Permission denied\); make room"),
    ):
        take(here)


def test_another_users_run_may_be_at_work(here: Path) -> None:
    for name in (".lock", RUNNING):
        (here / name).touch()
    assert not is_running(here)
    close(here, ".lock")
    with another_user():
        assert not is_running(here)
        with (here / ".lock").open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            assert is_running(here)
    (here / ".lock").chmod(0o000)
    with another_user():
        assert is_running(here)


def start(here: Path) -> None:
    files = SmallFiles("mine", here)
    files.plan(is_main_process=True)
    files.write("results/mine/inputs/settings/new.json", "{}")


@pytest.mark.parametrize(
    "closed",
    [
        "data",
        "results/mine",
        "results/mine/.lock",
        ".snakemake",
        ".snakemake/metadata",
        ".snakemake/metadata/record",
        "results/mine/inputs",
        "results/mine/report/figures",
    ],
)
def test_a_start_among_files_of_another_user_names_what_is_closed(here: Path, closed: str) -> None:
    for folder in ("data", "results/mine/inputs", "results/mine/report/figures", ".snakemake/metadata"):
        (here / folder).mkdir(parents=True)
    for file in ("results/mine/.lock", ".snakemake/metadata/record"):
        (here / file).touch()
    close(here, closed)
    with (
        another_user(),
        pytest.raises(SystemExit, match=rf"{closed}[\w/.]*: cannot be written to \(Permission denied\)"),
    ):
        start(here)
    assert not list((here / "results/mine/inputs").iterdir())


@pytest.mark.parametrize("closed", ["results/mine/report/a.svg", ".snakemake/log/old.log"])
def test_files_of_another_user_that_nobody_writes_into_do_no_harm(here: Path, closed: str) -> None:
    for folder in ("data", "results/mine/inputs", "results/mine/report", ".snakemake/log"):
        (here / folder).mkdir(parents=True)
    (here / closed).touch()
    close(here, closed)
    with another_user():
        start(here)
    assert list((here / "results/mine/inputs").iterdir())
