"""Outputs appear whole or not at all, and only a changed file gets a new time."""

import os

import numpy as np
import pytest

from lib.workflow.files import load_arrays, save_arrays, whole_files, write_if_changed


def test_all_outputs_appear_together(tmp_path):
    first, second = tmp_path / "a" / "one.csv", tmp_path / "two.json"
    with whole_files(first, second) as (a, b):
        a.write_text("1")
        b.write_text("2")
        assert not first.exists()
        assert not second.exists()
    assert (first.read_text(), second.read_text()) == ("1", "2")


def test_an_error_leaves_old_outputs_as_they_were_and_nothing_besides(tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("old")

    def fail() -> None:
        with whole_files(target) as (part,):
            part.write_text("half")
            raise FloatingPointError

    with pytest.raises(FloatingPointError):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert target.read_text() == "old"


def test_an_unchanged_file_keeps_its_time(tmp_path):
    path = tmp_path / "stamp.txt"
    assert write_if_changed(path, "x")
    os.utime(path, (1, 1))
    assert not write_if_changed(path, "x")
    assert path.stat().st_mtime == 1
    assert write_if_changed(path, "y")
    assert path.stat().st_mtime > 1


def test_a_damaged_file_is_written_again(tmp_path):
    path = tmp_path / "stamp.txt"
    path.write_bytes(b"\xff")
    assert write_if_changed(path, "ä")
    assert path.read_text(encoding="utf-8") == "ä"


def test_the_same_arrays_give_the_same_bytes(tmp_path):
    arrays = {"b": np.arange(5), "a": np.eye(2, dtype=np.float32)}
    save_arrays(tmp_path / "1.npz", **arrays)
    save_arrays(tmp_path / "2.npz", **arrays)
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()
    loaded = load_arrays(tmp_path / "1.npz")
    assert loaded.keys() == arrays.keys()
    assert all((loaded[k] == arrays[k]).all() for k in arrays)
