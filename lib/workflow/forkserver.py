"""One process that imports what jobs use and forks for each of them: all but the first of a kind start at once.

Importing PyTorch takes longer than most jobs of a small run, and each would do it anew. Snakemake's main process starts
the server where jobs run beside it on Linux; ``python -m NAME`` in a job then is a client of it (lib.workflow.forked),
and runs in a fork that takes over the client's folder, environment and standard streams. The server imports what the
planned jobs use, from the run's own copy of the code, starts no thread, and ends with Snakemake. A fork is killed where
its client is gone, or the server.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import marshal
import os
import runpy
import secrets
import selectors
import shlex
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.workflow.forked import FORKSERVER, LENGTH, STATUS, address

PEER = struct.Struct("3i")  # process, user and group at the other end
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux's prctl
PATIENCE = 10  # seconds for a client to say what it wants
ONE_THREAD = " ".join(f"{name}=1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"))


def start(job_environment: Path, log: Path, modules: Sequence[str] = ()) -> subprocess.Popen[bytes] | None:
    """Start the server for the jobs of this process, by whose environment they find it.

    ``job_environment`` is what the shell of every job reads first, ``modules`` are those that jobs will run. None where
    there is no server: on other systems than Linux, with ``REPORT_FORKSERVER=off``, or where no socket can be made.
    """
    if os.environ.get(FORKSERVER) == "off" or not hasattr(os, "pidfd_open"):
        return None
    os.environ.pop(FORKSERVER, None)  # of a run that runs this one
    listener, name = socket.socket(socket.AF_UNIX), f"report-{os.getpid()}-{secrets.token_hex(8)}"
    try:
        os.close(os.pidfd_open(os.getpid()))  # not everywhere allowed
        listener.bind(address(name))
        listener.listen(128)
    except OSError:
        return None
    environment = shlex.quote(str(job_environment.resolve()))
    program = shlex.join(["python", "-m", __name__, str(listener.fileno()), str(os.getpid()), *modules])
    command = f". {environment} && {ONE_THREAD} exec {program}"
    with log.open("wb") as said:
        server = subprocess.Popen(
            ["sh", "-c", command],
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    listener.close()
    os.environ[FORKSERVER] = name
    return server


@dataclass(frozen=True)
class Job:
    """A running job: its client, its process, and the descriptor that tells when that has ended."""

    client: socket.socket
    process: int
    end: int


class Server:
    """Forks for each client that connects to ``listener``, until the process ``runner`` has ended.

    While there is none it imports what the ``modules`` use, the next one each time.
    """

    def __init__(self, listener: socket.socket, runner: int, modules: Sequence[str]) -> None:
        self.modules = list(reversed(modules))
        self.listener, self.runner, self.process = listener, os.pidfd_open(runner), os.getpid()
        self.seen: set[str] = set()  # modules whose imports are there
        self.jobs: dict[int, Job] = {}  # by descriptors of both, the client and the end
        self.selector = selectors.PollSelector()  # which a fork can leave behind without a trace in this process
        self.selector.register(listener, selectors.EVENT_READ)
        self.selector.register(self.runner, selectors.EVENT_READ)

    def serve(self) -> dict[str, Any] | None:
        """Returns the request in every fork, and None in the server itself, when it is done."""
        while True:
            events = self.selector.select(0 if self.modules else None)
            if not events:
                self._import(self.modules.pop())
            for key, _ in events[:1]:  # what it does may close the descriptors of the others
                if key.fd == self.runner:
                    for job in self.jobs.values():
                        os.kill(job.process, signal.SIGKILL)
                    return None
                if key.fd == self.listener.fileno():
                    if request := self._accept():
                        return request
                elif key.fd == (job := self.jobs[key.fd]).end:
                    self._end(job)
                else:  # its client says nothing more, so it is gone
                    os.kill(job.process, signal.SIGKILL)
                    self.selector.unregister(key.fd)

    def _import(self, module: str) -> None:
        if module not in self.seen:
            self.seen.add(module)
            with contextlib.suppress(BaseException):  # whatever is wrong with a module, its job says
                runpy.run_module(module)  # all but what it does as a program
            gc.freeze()  # what is shared with the forks stays shared

    def _accept(self) -> dict[str, Any] | None:
        """Fork for the next client; returns its request in the fork, else None."""
        client, _ = self.listener.accept()
        client.settimeout(PATIENCE)
        try:
            _, user, _ = PEER.unpack(client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
            if user != os.getuid():
                raise ValueError("another user")
            request, streams = _receive(client)
        except (OSError, ValueError, EOFError, struct.error):  # it was killed meanwhile, or is somebody else's
            client.close()
            return None
        self._import(request["module"])
        if process := os.fork():
            for stream in streams:
                os.close(stream)
            job = Job(client, process, os.pidfd_open(process))
            for descriptor in (client.fileno(), job.end):
                self.jobs[descriptor] = job
                self.selector.register(descriptor, selectors.EVENT_READ)
            return None
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != self.process:  # it was gone before
            os._exit(1)
        self._leave(client)
        for target, stream in enumerate(streams):
            os.dup2(stream, target)
            os.close(stream)
        return request

    def _end(self, job: Job) -> None:
        _, status = os.waitpid(job.process, 0)
        with contextlib.suppress(OSError):
            job.client.sendall(STATUS.pack(os.waitstatus_to_exitcode(status)))
        for descriptor in (job.client.fileno(), job.end):
            del self.jobs[descriptor]
            with contextlib.suppress(KeyError):
                self.selector.unregister(descriptor)
        os.close(job.end)
        job.client.close()

    def _leave(self, client: socket.socket) -> None:
        """In a fork: close all that is the server's."""
        for job in set(self.jobs.values()):
            os.close(job.end)
            job.client.close()
        client.close()
        os.close(self.runner)
        self.listener.close()


def _receive(client: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """What a client wants, and its standard streams."""
    head, streams, _, _ = socket.recv_fds(client, LENGTH.size, 3)
    try:
        message = b""
        (length,) = LENGTH.unpack(head)
        while len(message) < length:
            part = client.recv(length - len(message))
            if not part:
                raise ValueError("the request is cut short")
            message += part
        return marshal.loads(message), list(streams)
    except BaseException:
        for stream in streams:
            os.close(stream)
        raise


def run(request: dict[str, Any]) -> None:
    """In a fork: what ``python -m`` does, in the place of the client."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    Path("/proc/self/comm").write_text(f"job {request['client']}", encoding="ascii")  # see lib.workflow.scheduler
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = [request["module"], *request["arguments"]]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)  # an error takes the usual way out
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)  # taking apart all that the server has imported takes longer than many a job


def main() -> None:
    listener, runner, *modules = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with Snakemake, which waits for its jobs
    request = Server(socket.socket(fileno=int(listener)), int(runner), modules).serve()
    if request is not None:
        run(request)


if __name__ == "__main__":
    main()
