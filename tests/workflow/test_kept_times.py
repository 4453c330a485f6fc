"""Data keep the time since which they have had their content."""

import os

from lib.workflow.kept_times import keep_time, same_time
from lib.workflow.small_files import SmallFiles


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


def test_looking_at_another_source_of_data_leaves_the_first_ones_time(tmp_path):
    files = SmallFiles("demo", tmp_path)
    for source, digest in (("real", "a"), ("sample", "b"), ("real", "a")):
        path = f"data/prepared/{source}/cifar10.npz"
        data = files.at(path)
        if not data.exists():
            data.parent.mkdir(parents=True)
            data.touch()
            os.utime(data, (1000, 1000))
        same_time(files, path, lambda _, digest=digest: digest, lambda: None)({})
        assert seconds(data) == 1000
