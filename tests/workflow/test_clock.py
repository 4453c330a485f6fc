"""A clock that was wrong once stops no later run."""

import os
import time
from pathlib import Path

import pytest

from lib.workflow.small_files import SmallFiles

DAY = 86400


def test_files_from_the_future_become_present_in_their_order_and_it_is_told(tmp_path, capsys):
    results, data = tmp_path / "results/demo", tmp_path / "data"
    ages = {
        results / "old.csv": -DAY,
        results / "later.svg": 2 * DAY,
        results / "soon.csv": DAY,
        data / "x.npz": DAY - 1,
        data / "y.npz": DAY - 1,
    }
    now = time.time()
    for path, age in ages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (now + age, now + age))
    SmallFiles("demo", tmp_path).plan(is_main_process=True)
    old, later, soon, prepared, beside = (path.stat().st_mtime for path in ages)
    assert old < time.time() - DAY / 2
    assert time.time() - 60 < prepared < soon < later <= time.time()  # results stay newer than the data
    assert prepared == beside  # equal times stay equal
    (told,) = capsys.readouterr().err.splitlines()
    assert "results/demo: 4 files from the future" in told


def test_files_from_the_future_behind_links_to_folders_are_seen_once_and_circles_end(tmp_path, capsys):
    (tmp_path / "disk/raw").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "results/demo").mkdir(parents=True)
    (tmp_path / "data/raw").symlink_to(tmp_path / "disk/raw")
    (tmp_path / "data/again").symlink_to(tmp_path / "disk/raw")
    (tmp_path / "disk/raw/circle").symlink_to(tmp_path / "data")
    archive = tmp_path / "disk/raw/archive"
    archive.touch()
    os.utime(archive, (time.time() + DAY, time.time() + DAY))
    SmallFiles("demo", tmp_path).plan(is_main_process=True)
    assert archive.stat().st_mtime <= time.time()
    assert "results/demo: 1 files from the future" in capsys.readouterr().err


def test_a_time_that_cannot_be_changed_is_one_line(tmp_path, monkeypatch):
    path = tmp_path / "results/demo/a.csv"
    path.parent.mkdir(parents=True)
    path.touch()
    os.utime(path, (time.time() + DAY, time.time() + DAY))

    def refused(path: Path, **_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "utime", refused)
    with pytest.raises(SystemExit, match=r"a\.csv: is from the future .* set the clock, or have its owner touch it"):
        SmallFiles("demo", tmp_path).plan(is_main_process=True)
