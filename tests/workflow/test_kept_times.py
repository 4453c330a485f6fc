"""Data keep the time since which they have had their content."""

import os

from lib.workflow.kept_times import keep_time


def seconds(path) -> float:
    return path.stat().st_mtime


def test_the_same_content_gets_its_old_time_back_and_another_one_is_new(tmp_path):
    data, note = tmp_path / "data", tmp_path / "inputs/note"
    data.touch()
    os.utime(data, (1000, 1000))
    keep_time(data, "a", note)
    os.utime(data)
    keep_time(data, "a", note)
    assert seconds(data) == 1000
    os.utime(data, (500, 500))  # such as a copy that kept its time
    keep_time(data, "b", note)
    assert seconds(data) > 1000
    assert seconds(data) == seconds(note)


def test_the_same_content_with_an_older_time_keeps_that(tmp_path):
    data, note = tmp_path / "data", tmp_path / "note"
    data.touch()
    os.utime(data, (1000, 1000))
    keep_time(data, "a", note)
    os.utime(data, (500, 500))
    keep_time(data, "a", note)
    assert seconds(data) == 500


def test_data_that_were_there_before_the_note_are_not_new(tmp_path):
    data, note = tmp_path / "data", tmp_path / "note"
    data.touch()
    os.utime(data, (1000, 1000))
    keep_time(data, "a", note)
    assert seconds(data) == seconds(note) == 1000
