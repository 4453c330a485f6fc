"""Data keep the time since which they have had their content."""

import os

import pytest

from lib.data.stored import stored_digest
from lib.workflow.kept_times import keep_time, same_time
from lib.workflow.small_files import SmallFiles
from tests.workflow.another_user import another_user


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


def test_another_content_of_another_user_with_an_old_time_is_told_until_its_owner_touches_it(here, monkeypatch):
    data, note = here / "data", here / "inputs/note"
    data.touch()
    os.utime(data, (1000, 1000))
    keep_time(data, "a", note)

    real = os.utime

    def of_another_user(path, *rest, **more):
        if path == data:
            raise PermissionError(1, "Operation not permitted")
        real(path, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "utime", of_another_user)
        for _ in range(2):
            with pytest.raises(SystemExit, match=r"/data: has another content .* have its owner touch it$"):
                keep_time(data, "b", note)
    touched = note.stat().st_ctime_ns + 1
    os.utime(data, ns=(touched, touched))
    with monkeypatch.context() as patch:
        patch.setattr(os, "utime", of_another_user)
        keep_time(data, "b", note)
    assert note.read_text() == "b\n"
    assert seconds(note) == seconds(data) > 1000


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_a_note_of_another_user_is_named(here, mode):
    data, note = here / "data", here / "note"
    data.touch()
    keep_time(data, "a", note)
    note.chmod(mode)
    data.chmod(0o666)
    with another_user(), pytest.raises(SystemExit, match=r"note: cannot be (read|written to) \(Permission denied\)"):
        keep_time(data, "b", note)


@pytest.mark.parametrize("reason", ["Permission denied", "Is a directory"])
def test_data_that_cannot_be_read_are_named(here, reason):
    data = here / "data.npz"
    if reason == "Permission denied":
        data.touch(mode=0o000)
    else:
        data.mkdir()
    files = SmallFiles("demo", here)
    with another_user(), pytest.raises(SystemExit, match=rf"data\.npz: cannot be read \({reason}\); it must be a file"):
        same_time(files, "data.npz", stored_digest, lambda: None)({})
