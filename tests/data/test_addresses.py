"""What a user wrote as a mirror is shown so that he knows it again and nobody learns a password."""

from __future__ import annotations

import pytest

from lib.data.addresses import host, shown, under


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("https://host.org:8080/a/b.gz", "https://host.org:8080/a/b.gz"),
        ("https://me:secret@host.org/a?token=secret#secret", "https://host.org/a"),
        ("HTTP://secret@[::1]:80/a/", "HTTP://[::1]:80/a/"),
        ("https://me:se@cret@host.org/a", "https://host.org/a"),
        ("https://host.org?token=secret", "https://host.org"),
        ("s3://key:secret@bucket/a", "s3://bucket/a"),
        # Characters that would have to be written as %2F, %3F and %23 in a password.
        ("https://me:sec/ret@host.org/a", "https://..."),
        ("https://me:1/secret@host.org/a", "https://..."),
        ("https://me:sec?ret@host.org/a", "https://..."),
        ("https://me:sec#ret@host.org/a", "https://..."),
        ("https://me:secret@", "https://..."),
        ("https://[::1", "https://..."),
        # Without a scheme it is a folder, which is not there.
        ("me:secret@host.org/a", "...@host.org/a"),
        ("host.org/a?token=secret", "host.org/a..."),
        ("host.org/a?token=secret@secret", "..."),
        ("me:sec?ret@host.org/a", "..."),
        ("../my data/at@home", "...@home"),
        ("~/mnist", "~/mnist"),
        ("file:///data/at%20home", "file:///data/at%20home"),
        # Mistyped, or with what would have to be written as %20 and %2C.
        ("https://me:sec,ret se@host.org/a", "https://host.org/a"),
        ("http:/me:secret@host.org/a", "...@host.org/a"),
        ("http:me:sec/ret@host.org", "...@host.org"),
        ("//me:secret@host.org/a", "...@host.org/a"),
        ("file://me:secret@host.org", "...@host.org"),
        ("file://me:secret@[host.org/usr", "/usr"),
        ("me:secret@http://host.org", "://..."),
    ],
)
def test_an_address_is_shown_without_its_secrets(where, expected):
    assert shown(where) == expected


def test_a_folder_that_is_there_is_shown_whole(tmp_path):
    folder = tmp_path / "what?a=b"
    folder.mkdir()
    assert shown(str(folder)) == str(folder)
    assert shown(f"file://me:secret@{folder.parent}?token=secret") == str(tmp_path)


def test_an_address_that_cannot_be_taken_apart_is_left_to_the_client():
    assert under("http://[::1", "data.gz") == host("http://[::1") == "http://[::1"


def test_a_query_stays_behind_the_name_of_the_file():
    assert under("https://host.org/a/?token=1", "data.gz") == "https://host.org/a/data.gz?token=1"
    assert under("https://host.org/a/data.gz?token=1", "data.gz") == "https://host.org/a/data.gz?token=1"
