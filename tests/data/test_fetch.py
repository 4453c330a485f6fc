"""Fetching against a server that misbehaves: what arrives is the right file, whole, or one clear message."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lib.data.content import check_cifar10
from lib.data.fetch import Candidate, FetchError, fetch, fetch_file, mirror_list
from lib.data.sources import PublicMirror, Source, SourceFile, load_sources
from lib.data.transfer import TransferError, download

CONTENT = gzip.compress(np.random.default_rng(3).bytes(200_000), mtime=0)
FILE = SourceFile(name="data.tar.gz", format="python", sha256=hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def get(tmp_path, quick):
    """Fetch ``FILE`` from addresses or paths to ``out/data``; returns the bytes and the lines of progress."""

    def run(*where: str, file: SourceFile = FILE) -> tuple[bytes, list[str]]:
        lines: list[str] = []
        destination = tmp_path / "out" / "data"
        places = [Candidate(place, file, place) for place in where]
        fetch_file("CIFAR-10", destination, places, settings=quick, report=lines.append)
        left = {path.name for path in destination.parent.iterdir()}
        assert left <= {"data", "data.lock"}, "partial files must not stay behind a success"
        return destination.read_bytes(), lines

    return run


def test_server_error_that_passes_is_retried(server, behave, get):
    url = server.plan("/a", behave.status(500), behave.status(503), behave.whole(CONTENT))
    assert get(url)[0] == CONTENT
    assert len(server.requests) == 3


def test_missing_file_is_not_retried_and_the_next_mirror_gives_it(server, behave, get):
    bad, good = server.plan("/a", behave.status(404)), server.plan("/b", behave.whole(CONTENT))
    assert get(bad, good)[0] == CONTENT
    assert [path for path, _ in server.requests] == ["/a", "/b"]


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/gzip"])
def test_web_page_with_status_200_is_not_taken_for_data(server, behave, get, content_type):
    bad = server.plan("/a", behave.web_page(content_type))
    with pytest.raises(FetchError, match="web page"):
        get(bad)
    assert len(server.requests) == 1
    assert get(bad, server.plan("/b", behave.whole(CONTENT)))[0] == CONTENT


def test_truncated_download_is_resumed_not_restarted(server, behave, get):
    url = server.plan("/a", behave.whole(CONTENT, cut=70_000), behave.whole(CONTENT))
    assert get(url)[0] == CONTENT
    assert server.requests == [("/a", None), ("/a", "bytes=70000-")]
    assert server.body_bytes == len(CONTENT)


def test_download_goes_on_in_a_later_run(server, behave, get, tmp_path):
    url = server.plan("/a", behave.whole(CONTENT, cut=70_000), behave.status(404))
    with pytest.raises(FetchError, match="status 404"):
        get(url)
    server.plan("/a", behave.whole(CONTENT))
    assert get(url)[0] == CONTENT
    assert server.body_bytes == len(CONTENT) + len(b"no")


def test_connection_that_keeps_breaking_but_moves_on_gets_there(server, behave, get):
    url = server.plan("/a", *[behave.whole(CONTENT, cut=25_000)] * 8, behave.whole(CONTENT))
    assert get(url)[0] == CONTENT
    assert server.body_bytes == len(CONTENT)


def test_connection_that_never_moves_on_is_given_up(server, behave, get):
    url = server.plan("/a", behave.whole(CONTENT, cut=0))
    with pytest.raises(FetchError, match="after 3 tries"):
        get(url)
    assert len(server.requests) == 3


def test_server_without_ranges_is_asked_again_for_all_of_it(server, behave, get):
    url = server.plan("/a", behave.whole(CONTENT, ranges=False, cut=70_000), behave.whole(CONTENT, ranges=False))
    assert get(url)[0] == CONTENT
    assert server.body_bytes == 70_000 + len(CONTENT)


def test_file_that_changed_between_tries_is_not_patched_together(server, behave, get):
    other = bytes(len(CONTENT))
    url = server.plan("/a", behave.whole(other, etag='"old"', cut=70_000), behave.whole(CONTENT, etag='"new"'))
    assert get(url)[0] == CONTENT


def test_wrong_part_is_thrown_away(server, behave, get):
    def wrong_part(handler):
        handler.answer(206, CONTENT[5:], {"Content-Range": f"bytes 5-{len(CONTENT) - 1}/{len(CONTENT)}"})

    url = server.plan("/a", behave.whole(CONTENT, cut=70_000), wrong_part, behave.whole(CONTENT))
    assert get(url)[0] == CONTENT


def test_beginning_from_another_version_is_fetched_again_whole(server, behave, get, tmp_path, quick):
    """Without ETags only the digest can tell; one fresh download then decides."""
    url = server.plan("/a", behave.whole(bytes(len(CONTENT)), etag="W/1", cut=1000), behave.status(404))
    with pytest.raises(FetchError):
        get(url)
    server.plan("/a", behave.whole(CONTENT, etag="W/1"))
    assert get(url)[0] == CONTENT


def test_finished_partial_file_is_not_fetched_again(server, behave, tmp_path, quick):
    part = tmp_path / "part"
    part.write_bytes(CONTENT)
    url = server.plan("/a", behave.whole(CONTENT))
    assert download(url, part, name="data", settings=quick, report=lambda line: None)
    assert part.read_bytes() == CONTENT
    assert server.body_bytes == 0


def test_wrong_bytes_are_rejected_and_the_next_mirror_is_tried(server, behave, get):
    wrong = server.plan("/a", behave.whole(gzip.compress(b"something else")))
    with pytest.raises(FetchError, match="wrong digest: sha256 .* expected " + FILE.sha256):
        get(wrong)
    assert get(wrong, server.plan("/b", behave.whole(CONTENT)))[0] == CONTENT


def test_redirects_are_followed_but_not_for_ever(server, behave, get):
    end = server.plan("/b", behave.whole(CONTENT))
    assert get(server.plan("/a", behave.redirect(end)))[0] == CONTENT
    loop = server.plan("/c", behave.redirect("/c"))
    with pytest.raises(FetchError, match="too many redirects"):
        get(loop, file=SourceFile(name="x.gz", format="python", sha256="0"))


def test_endless_answer_is_cut_off(server, behave, tmp_path, quick):
    url = server.plan("/a", behave.whole(CONTENT))
    with pytest.raises(TransferError, match="more than 1000"):
        download(url, tmp_path / "part", name="x", settings=type(quick)(max_bytes=1000), report=lambda line: None)


def test_progress_tells_how_much_of_how_much(server, behave, get):
    _, lines = get(server.plan("/a", behave.whole(CONTENT)))
    assert any("of 0.2 MB (100%)" in line for line in lines)


def test_good_file_is_kept_and_a_bad_one_replaced(server, behave, get, tmp_path):
    url = server.plan("/a", behave.whole(CONTENT))
    get(url)
    os.utime(tmp_path / "out" / "data", (1, 1))
    get(url)
    assert len(server.requests) == 1
    assert (tmp_path / "out" / "data").stat().st_mtime > 1, "the source list may be younger than the file"
    (tmp_path / "out" / "data").write_bytes(CONTENT[:-1])
    assert get(url)[0] == CONTENT
    assert len(server.requests) == 2


def test_two_at_once_fetch_it_once_and_both_find_it_whole(server, behave, get):
    def slowly(handler):
        time.sleep(0.2)
        behave.whole(CONTENT)(handler)

    url = server.plan("/a", slowly)
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(get(url)[0])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [CONTENT, CONTENT]
    assert len(server.requests) == 1


def test_destination_that_cannot_be_written_is_said_so(tmp_path, quick):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FetchError, match=r"file/data: .*(Not a directory|File exists)"):
        fetch_file("MNIST", tmp_path / "file" / "data", [], settings=quick)


def cifar(*public: PublicMirror) -> dict[str, Source]:
    """A source list with two containers; ``data.tar.gz`` is the good one."""
    other = SourceFile(name="other.tar.gz", format="binary", md5="0" * 32)
    return {"cifar10": Source("cifar10", "CIFAR-10", {}, {}, (FILE, other), public)}


def test_message_says_what_was_tried_what_each_said_and_the_ways_out(server, behave, tmp_path, quick):
    (tmp_path / "mirror").mkdir()
    first = server.plan("/a/data.tar.gz?download=1", behave.status(200))
    sources = cifar(
        PublicMirror(first, "data.tar.gz"),
        PublicMirror("http://127.0.0.1:1/x/data.tar.gz", "data.tar.gz"),
        PublicMirror("http://name:secret@127.0.0.1:1/y/other.tar.gz", "other.tar.gz"),
    )
    server.plan("/a/data.tar.gz", behave.web_page())
    mirrors = [str(tmp_path / "mirror"), str(tmp_path / "nowhere")]
    with pytest.raises(FetchError) as failure:
        fetch("cifar10", sources, tmp_path / "out", mirrors, settings=quick, report=lambda line: None)
    text = str(failure.value)
    lines = [line.split("  ") for line in text.splitlines()]
    said = {line[1].strip(): line[-1].strip() for line in lines[1:-1]}
    assert lines[0] == ["CIFAR-10 could not be fetched."]
    assert said == {
        mirrors[0]: "no such file: data.tar.gz, other.tar.gz",
        mirrors[1]: "no such folder",
        first.partition("?")[0]: "answered with a web page",
        "http://127.0.0.1:1/x/data.tar.gz": "connection refused after 3 tries",
    }
    assert "secret" not in text and "DATA_MIRROR=" in lines[-1][0] and "make demo" in lines[-1][0]


@pytest.mark.parametrize(
    ("mirror", "said"),
    [
        ("http://me:secret@127.0.0.1:9/a?token=secret", "connection refused"),
        ("http://me:sec/secret@127.0.0.1:9/a", "not a valid address"),
        ("http://me:secret@[::1/a", "not a valid address"),
        ("http://me:secret@a..b/", "not a valid address"),
        ("s3://me:secret@bucket/a", "not an address that can be fetched; allowed: http://, https://, file://, or a"),
        ("me:secret@127.0.0.1/a?token=secret", "no such folder"),
        ("http:/me:secret@127.0.0.1/a", "no such folder"),
        ("file://me:secret@[::1", "no such file"),
    ],
)
def test_no_message_tells_a_password(tmp_path, quick, mirror, said):
    lines: list[str] = []
    with pytest.raises(FetchError, match=said) as failure:
        fetch("cifar10", cifar(), tmp_path / "out", [mirror], settings=quick, report=lines.append)
    assert "secret" not in str(failure.value) and "secret" not in "".join(lines)


@pytest.mark.parametrize("to", ["http://me:secret", "http://127.0.0.1:secret/a", "http://me:secret/pass@127.0.0.1/a"])
def test_no_message_tells_what_a_server_redirects_to(server, behave, get, to):
    with pytest.raises(FetchError, match="redirects to what is not a valid address") as failure:
        get(server.plan("/a", behave.redirect(to)), file=SourceFile(name="x.gz", format="python", sha256="0"))
    assert "secret" not in str(failure.value)


def test_user_mirrors_come_first_and_any_container_will_do(server, behave, tmp_path, quick):
    folder = tmp_path / "my mirror"
    folder.mkdir()
    (folder / "data.tar.gz").write_bytes(CONTENT)
    sources = cifar(PublicMirror(server.plan("/data.tar.gz", behave.whole(CONTENT)), "data.tar.gz"))
    destination = tmp_path / "raw" / "cifar10.archive"
    assert fetch("cifar10", sources, destination, [str(folder)], settings=quick) == [destination]
    assert destination.read_bytes() == CONTENT and not destination.is_symlink()
    assert server.requests == []


@pytest.mark.parametrize("form", ["{folder}/data.tar.gz", "file://{folder}"])
def test_mirror_may_be_the_file_itself_or_a_file_address(tmp_path, quick, form):
    (tmp_path / "data.tar.gz").write_bytes(CONTENT)
    fetch("cifar10", cifar(), tmp_path / "out", [form.format(folder=tmp_path)], settings=quick)
    assert (tmp_path / "out").read_bytes() == CONTENT


def test_damaged_copy_in_a_folder_is_rejected_like_a_download(tmp_path, quick):
    (tmp_path / "data.tar.gz").write_bytes(CONTENT[:-10])
    with pytest.raises(FetchError, match="wrong digest"):
        fetch("cifar10", cifar(), tmp_path / "out", [str(tmp_path)], settings=quick)
    assert not (tmp_path / "out").exists()


def test_git_archive_is_known_by_its_commit_and_must_be_whole(tiny_archives, tmp_path, quick):
    file = SourceFile(name="images.tar.gz", format="png", commit="abc")
    mirror = tmp_path / "images.tar.gz"

    def run(file: SourceFile) -> None:
        fetch_file("X", tmp_path / "out", [Candidate(str(mirror), file, "mirror")], settings=quick)

    mirror.write_bytes(tiny_archives["png"].read_bytes())
    with pytest.raises(FetchError, match="archive of commit 'abc', expected other"):
        run(SourceFile(name="images.tar.gz", format="png", commit="other"))
    run(file)
    (tmp_path / "out").unlink()
    mirror.write_bytes(tiny_archives["png"].read_bytes()[:-20])
    with pytest.raises(FetchError, match="damaged"):
        run(file)


def test_mnist_is_known_by_what_is_inside_the_gzip(server, behave, tmp_path, quick):
    """Mirrors gzip the same file differently, so the packed bytes say nothing."""
    inside = [bytes([i]) * 1000 for i in range(4)]
    files = tuple(
        SourceFile(f"f{i}.gz", "idx", unpacked=True, sha256=hashlib.sha256(text).hexdigest(), size=1000)
        for i, text in enumerate(inside)
    )
    folder = tmp_path / "mirror"
    folder.mkdir()
    for i, text in enumerate(inside[:3]):
        (folder / f"f{i}.gz").write_bytes(gzip.compress(text, compresslevel=i + 1))
    url = server.plan("/mnist/f3.gz", behave.whole(gzip.compress(inside[3]))).removesuffix("f3.gz")
    sources = {"mnist": Source("mnist", "MNIST", {}, {}, files, (PublicMirror(url),))}
    paths = fetch("mnist", sources, tmp_path / "raw", [str(folder)], settings=quick)
    assert [gzip.decompress(path.read_bytes()) for path in paths] == inside
    assert [path.name for path in paths] == [file.name for file in files]


@pytest.mark.parametrize("container", ["python", "binary", "png"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_cifar10_packed_anew_is_known_by_its_content(tiny, tiny_archives, tmp_path, quick, container, pack):
    (tmp_path / "data.tar.gz").write_bytes(pack(gzip.decompress(tiny_archives[container].read_bytes())))
    check = partial(check_cifar10, source=tiny.source())
    fetch("cifar10", cifar(), tmp_path / "out", [str(tmp_path)], check_content=check, settings=quick)
    assert (tmp_path / "out").read_bytes() == (tmp_path / "data.tar.gz").read_bytes()


def test_archive_with_other_content_is_named_with_what_is_wrong_in_it(tiny, archives, tmp_path, quick):
    files = tiny.binary_files()
    changed = [(name, content[:-1] + bytes([content[-1] ^ 1])) for name, content in files]
    check = partial(check_cifar10, source=tiny.source())
    for content, expected in [
        (
            archives.tar_gz(changed),
            "; content digest of the train images .*, expected " + tiny.source().content["train"],
        ),
        (archives.tar_gz(files)[:-100], "; not a readable tar archive, or damaged"),
    ]:
        (tmp_path / "data.tar.gz").write_bytes(content)
        with pytest.raises(FetchError, match="wrong digest: sha256 .*" + expected):
            fetch("cifar10", cifar(), tmp_path / "out", [str(tmp_path)], check_content=check, settings=quick)
    assert not (tmp_path / "out").exists()


def test_mirror_may_be_the_data_set_as_a_file_of_any_name(tmp_path, quick, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "cifar.tgz").write_bytes(CONTENT)
    fetch("cifar10", cifar(), tmp_path / "out", ["~/cifar.tgz"], settings=quick)
    assert (tmp_path / "out").read_bytes() == CONTENT


def test_file_of_mnist_as_a_mirror_says_that_a_folder_is_needed(tmp_path, quick):
    """It has four of them."""
    (tmp_path / "labels.gz").write_bytes(CONTENT)
    source = Source("mnist", "MNIST", {}, {}, (SourceFile("images.gz", "idx", sha256="0"),), ())
    with pytest.raises(FetchError, match=r"labels\.gz  a file; name the folder in which images\.gz lies"):
        fetch("mnist", {"mnist": source}, tmp_path / "out", [str(tmp_path / "labels.gz")], settings=quick)


def test_unpacked_file_under_the_name_of_the_packed_one_is_known_by_its_digest(tmp_path, quick):
    """Some programs unpack what they download and keep its name."""
    text = bytes(1000)
    file = SourceFile("images.gz", "idx", unpacked=True, sha256=hashlib.sha256(text).hexdigest(), size=1000)
    source = {"mnist": Source("mnist", "MNIST", {}, {}, (file,), ())}
    (tmp_path / "images.gz").write_bytes(text)
    (path,) = fetch("mnist", source, tmp_path / "raw", [str(tmp_path)], settings=quick)
    assert path.read_bytes() == text
    (tmp_path / "images.gz").write_bytes(text[:-1] + b"1")
    path.unlink()
    with pytest.raises(FetchError, match="wrong digest"):
        fetch("mnist", source, tmp_path / "raw", [str(tmp_path)], settings=quick)


def test_home_folder_is_found_in_mirrors(tmp_path, quick, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "my data").mkdir()
    (tmp_path / "my data/data.tar.gz").write_bytes(CONTENT)
    for mirrors in (mirror_list(["~/my data"], {}), mirror_list([], {"DATA_MIRROR": "~/my data"})):
        fetch("cifar10", cifar(), tmp_path / "out", mirrors, settings=quick)
        assert (tmp_path / "out").read_bytes() == CONTENT
        (tmp_path / "out").unlink()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ["/configured"]),
        ("../a https://host:8080/b,/c", ["../a", "https://host:8080/b", "/c", "/configured"]),
        ("/configured", ["/configured"]),
        ("http://me:a,b c@h/ /d,e", ["http://me:a,b c@h/", "/d", "e", "/configured"]),
        ("http://me:a@h/,http:/me:b c@h/", ["http://me:a@h/", "http:/me:b c@h/", "/configured"]),
    ],
)
def test_data_mirror_comes_before_the_configuration(value, expected):
    assert mirror_list(["/configured"], {"DATA_MIRROR": value}) == expected


def test_data_mirror_may_be_a_folder_with_a_blank_in_its_name(tmp_path):
    folder = tmp_path / "my data, all"
    folder.mkdir()
    assert mirror_list([], {"DATA_MIRROR": str(folder)}) == [str(folder)]


def test_source_list_is_complete():
    """Each file can be recognised, and each public address leads to a file that is listed."""
    for source in load_sources().values():
        names = {file.name for file in source.files}
        assert all(file.sha256 or file.md5 or file.commit for file in source.files)
        assert all(len(file.sha256 or "0" * 64) == 64 and len(file.md5 or "0" * 32) == 32 for file in source.files)
        assert all(mirror.file in names or mirror.url.endswith("/") for mirror in source.public)
        assert all(len(source.content[part]) == 64 for part in ("train", "test"))


def test_wrong_entry_in_the_source_list_is_one_clear_line(tmp_path: Path):
    (tmp_path / "s.yaml").write_text("mnist: {title: MNIST, counts: {}, content: {}, files: [{nme: a}], public: []}")
    with pytest.raises(ValueError, match=r"s\.yaml: mnist: .*nme"):
        load_sources(tmp_path / "s.yaml")
