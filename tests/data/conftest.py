"""Small archives in every container, and a web server that misbehaves as it is told to."""

from __future__ import annotations

import io
import struct
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.data.cifar10 import CLASS_NAMES
from lib.data.digest import content_digest
from lib.data.sources import Source
from lib.data.transfer import TransferSettings


def string(text: str) -> bytes:
    """A Python 2 string in a pickle."""
    return b"U" + bytes([len(text)]) + text.encode()


def python2_batch(images: np.ndarray, labels: np.ndarray) -> bytes:
    """A batch as Python 2 and the NumPy of its day pickled it: byte strings, ``numpy.core.multiarray``."""
    raw = images.tobytes()
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + string("b") + b"\x87R"
        b"(K\x01J" + struct.pack("<i", len(images)) + b"M\x00\x0c\x86"
        b"cnumpy\ndtype\n" + string("u1") + b"K\x00K\x01\x87R"
        b"(K\x03" + string("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89T" + struct.pack("<i", len(raw)) + raw + b"tb"
    )
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels.tolist()) + b"e"
    names = b"](" + b"".join(string(f"image{i}.png") for i in range(len(labels))) + b"e"
    return (
        b"\x80\x02}("
        + (string("batch_label") + string("training batch 1 of 5"))
        + (string("labels") + numbers)
        + (string("data") + array)
        + (string("filenames") + names)
        + b"u."
    )


def png(image: np.ndarray) -> bytes:
    """One (3, 32, 32) image as a PNG file."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0))).save(out, "PNG")
    return out.getvalue()


def tar_gz(files: list[tuple[str, bytes]], comment: str | None = None) -> bytes:
    """A gzipped tar archive of ``files``, with a git archive's comment if there is one."""
    out = io.BytesIO()
    headers = {"comment": comment} if comment else {}
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT, pax_headers=headers) as tar:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


@dataclass(frozen=True)
class Tiny:
    """A small CIFAR-10: 20 training and 6 test images."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    def batches(self) -> list[tuple[str, np.ndarray, np.ndarray]]:
        """Name, images (N, 3072) and labels of each official batch."""
        found = [
            (f"data_batch_{i + 1}", self.x_train[i * 4 : i * 4 + 4], self.y_train[i * 4 : i * 4 + 4]) for i in range(5)
        ]
        found.append(("test_batch", self.x_test, self.y_test))
        return [(name, images.reshape(len(images), -1), labels) for name, images, labels in found]

    def python_files(self) -> list[tuple[str, bytes]]:
        files = [(f"cifar-10-batches-py/{n}", python2_batch(x, y)) for n, x, y in self.batches()]
        return [("cifar-10-batches-py/readme.html", b"<html>"), *files]

    def binary_files(self) -> list[tuple[str, bytes]]:
        return [
            (f"cifar-10-batches-bin/{n}.bin", np.column_stack([y, x]).astype(np.uint8).tobytes())
            for n, x, y in reversed(self.batches())
        ]

    def png_files(self) -> list[tuple[str, bytes]]:
        """In another order than the batches': by class, then by name."""
        files = []
        for part, images, labels in (
            ("train", self.x_train, self.y_train),
            ("test", self.x_test, self.y_test),
        ):
            for i, (image, label) in enumerate(zip(images, labels, strict=True)):
                files.append((f"prefix/{part}/{CLASS_NAMES[label]}/thing_s_{i:06d}.png", png(image)))
        return [("prefix/README.md", b"# images"), *sorted(files, reverse=True)]

    def source(self) -> Source:
        """A source list entry whose digests are those of this data, for the preparing code."""
        return Source(
            name="cifar10",
            title="CIFAR-10",
            counts={"train": len(self.x_train), "test": len(self.x_test)},
            content={
                "train": content_digest(self.x_train, self.y_train),
                "test": content_digest(self.x_test, self.y_test),
            },
            files=(),
            public=(),
        )


@pytest.fixture(scope="session")
def tiny() -> Tiny:
    rng = np.random.default_rng(7)
    return Tiny(
        rng.integers(0, 256, (20, 3, 32, 32), dtype=np.uint8),
        (np.arange(20) % 10).astype(np.uint8),
        rng.integers(0, 256, (6, 3, 32, 32), dtype=np.uint8),
        np.array([9, 0, 3, 3, 5, 1], dtype=np.uint8),
    )


@pytest.fixture
def quick() -> TransferSettings:
    return TransferSettings(timeout=5, tries=3, backoff=0.01, backoff_max=0.02, report_every=0)


Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers each request with the next behaviour planned for its path; the last one stays."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        planned = self.server.plans.get(path, [])
        self.server.requests.append((path, self.headers.get("Range")))
        if not planned:
            status(404)(self)
            return
        (planned.pop(0) if len(planned) > 1 else planned[0])(self)

    def answer(self, code: int, body: bytes, headers: dict[str, str] | None = None, cut: int | None = None) -> None:
        """Send ``body``, but only its first ``cut`` bytes if given, and then break the connection."""
        self.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        sent = body if cut is None else body[:cut]
        self.server.body_bytes += len(sent)  # first: the client may be done before this thread goes on
        self.wfile.write(sent)
        self.close_connection = cut is not None

    def log_message(self, format: str, *args: object) -> None:
        """The tests look at ``requests`` instead of a log."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.plans: dict[str, list[Behaviour]] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.body_bytes = 0

    def plan(self, path: str, *behaviours: Behaviour) -> str:
        """Answer requests for ``path`` like this, one after the other; returns the address."""
        self.plans[path] = list(behaviours)
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


def whole(content: bytes, *, etag: str = '"one"', ranges: bool = True, cut: int | None = None) -> Behaviour:
    """The file, or the part asked for where the server can; broken off after ``cut`` bytes if given."""

    def behave(handler: Handler) -> None:
        wanted = handler.headers.get("Range")
        same = handler.headers.get("If-Range", etag) == etag
        if not (wanted and ranges and same):
            handler.answer(200, content, {"ETag": etag}, cut)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        if start >= len(content):
            handler.answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            return
        part = {"ETag": etag, "Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        handler.answer(206, content[start:], part, cut)

    return behave


def status(code: int) -> Behaviour:
    return lambda handler: handler.answer(code, b"no")


def web_page(content_type: str = "text/html; charset=utf-8") -> Behaviour:
    page = b"<!DOCTYPE html><html><body>Moved</body></html>"
    return lambda handler: handler.answer(200, page, {"Content-Type": content_type})


def redirect(to: str) -> Behaviour:
    return lambda handler: handler.answer(302, b"", {"Location": to})


@dataclass(frozen=True)
class Behaviours:
    """What the server can do, for tests."""

    whole: Callable[..., Behaviour] = field(default=whole)
    status: Callable[[int], Behaviour] = field(default=status)
    web_page: Callable[..., Behaviour] = field(default=web_page)
    redirect: Callable[[str], Behaviour] = field(default=redirect)


@pytest.fixture
def behave() -> Behaviours:
    return Behaviours()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = Server()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


@dataclass(frozen=True)
class Archives:
    """How to write small archives, for tests."""

    tar_gz: Callable[..., bytes] = field(default=tar_gz)
    png: Callable[[np.ndarray], bytes] = field(default=png)
    python2_batch: Callable[[np.ndarray, np.ndarray], bytes] = field(default=python2_batch)
    string: Callable[[str], bytes] = field(default=string)


@pytest.fixture(scope="session")
def archives() -> Archives:
    return Archives()


@pytest.fixture(scope="session")
def tiny_archives(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same small data in the three containers, under names that say nothing."""
    folder = tmp_path_factory.mktemp("containers")
    contents = {"python": tiny.python_files(), "binary": tiny.binary_files(), "png": tiny.png_files()}
    for name, files in contents.items():
        (folder / name).write_bytes(tar_gz(files, comment="abc" if name == "png" else None))
    return {name: folder / name for name in contents}
