"""A download killed anywhere goes on where it was in the next run, and ends with the right bytes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from tests.end_to_end.conftest import Project, copy_project
from tests.end_to_end.test_interruptions import VICTIMS, jobs_of

FILES = tuple(f"{name}-ubyte.gz" for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3"))
FILES += ("t10k-labels-idx1-ubyte.gz",)
TARGETS = tuple(f"data/raw/mnist/{name}" for name in FILES)
BLOCK = 1 << 16
BLOCKS_PER_SECOND = 25  # the first, largest file takes six seconds, and a killed Snakemake leaves its job two more
SECONDS = 3.0


class Slow(SimpleHTTPRequestHandler):
    """A folder, served block by block, from where the client asks for."""

    server: Server

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{path.name}"')
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            for place in range(start, len(content), BLOCK):
                self.wfile.write(content[place : place + BLOCK])
                self.server.body_bytes += len(content[place : place + BLOCK])
                time.sleep(1 / BLOCKS_PER_SECOND)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests count bytes."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    body_bytes = 0


@pytest.fixture
def server(real_data: Path) -> Iterator[Server]:
    running = Server(("127.0.0.1", 0), lambda *call: Slow(*call, directory=str(real_data)))
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def start(project: Project, server: Server) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "1", "--", *TARGETS],
        cwd=project.folder,
        env={**os.environ, "DATA_MIRROR": f"http://127.0.0.1:{server.server_address[1]}", "NO_PROXY": "127.0.0.1"},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.long
@pytest.mark.realdata
@pytest.mark.parametrize("victim", sorted(VICTIMS))
def test_a_killed_download_goes_on(tmp_path, real_data, server, victim, record_property):
    project = copy_project(tmp_path / "project")
    delay = random.Random(victim).uniform(0.5, SECONDS)
    process = start(project, server)
    jobs: list[int] = []
    deadline = time.monotonic() + 120
    while not (jobs and server.body_bytes) and time.monotonic() < deadline:
        jobs = jobs_of(process.pid, "fetch")
        time.sleep(0.02)
    assert jobs and server.body_bytes, "no download was seen"
    below = psutil.Process(process.pid).children(recursive=True)
    time.sleep(delay)
    VICTIMS[victim](process.pid, jobs[0])
    process.communicate(timeout=120)
    before, whole = server.body_bytes, sum((real_data / name).stat().st_size for name in FILES)
    progress = f"after {before / 1e6:.1f} of {whole / 1e6:.1f} MB"
    record_property(
        "outcome", f"{victim} killed {delay:.2f} s into a download, {progress}: the next call fetches the rest"
    )
    _, alive = psutil.wait_procs(below, timeout=60)
    assert not alive
    assert process.returncode in (1, -signal.SIGKILL)
    for name, target in zip(FILES, TARGETS, strict=True):
        path = project.folder / target
        assert not path.exists() or path.read_bytes() == (real_data / name).read_bytes(), f"{target} is partial"

    before = server.body_bytes
    again = start(project, server)
    output, _ = again.communicate(timeout=300)
    assert again.returncode == 0, output[-3000:]
    for name, target in zip(FILES, TARGETS, strict=True):
        fetched = (project.folder / target).read_bytes()
        assert hashlib.sha256(fetched).hexdigest() == hashlib.sha256((real_data / name).read_bytes()).hexdigest()
    in_flight = 4 << 20  # what sockets and the client's buffer may have held when it was killed
    assert whole - before <= server.body_bytes - before <= whole - before + in_flight
