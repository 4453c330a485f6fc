"""One process that imports what jobs use and forks for each of them: all but the first of a kind start at once.

Importing PyTorch takes longer than most jobs of a small run, and each would do it anew. Snakemake's main process starts
the server where jobs run beside it on Linux; ``python -m NAME`` in a job then is a client of it (lib.workflow.forked),
and runs in a fork that takes over the client's folder, environment and standard streams; umask and limits are
Snakemake's. The server imports what the planned jobs use, from the run's own copy of the code, starts no thread, and
ends with Snakemake. A fork is killed where its client is gone, or the server.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import logging
import marshal
import os
import runpy
import secrets
import select
import selectors
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.workflow.forked import LENGTH, REFUSED, RUNNING, STATUS, address, user_of

FORKSERVER = "REPORT_FORKSERVER"  # environment: "off" for jobs that are processes of their own
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux's prctl
PATIENCE = 2  # seconds for a client to say what it wants
ONE_THREAD = " ".join(f"{name}=1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"))


def socket_variable(source: Path) -> str:
    """The environment variable that names the socket for jobs with this copy of the code.

    Another module of the same workflow has another copy, and so another server.
    """
    return f"{FORKSERVER}_{source.name}"


def start(
    source: Path, job_environment: Path, log: Path, modules: Sequence[str] = ()
) -> subprocess.Popen[bytes] | None:
    """Start the server for the jobs of this process that execute the code in ``source``.

    ``job_environment`` is what the shell of every job reads first, ``modules`` are those that jobs will run; what is
    said while they are imported goes to ``log``. None where there is no server: on other systems than Linux, with
    ``REPORT_FORKSERVER=off``, or where no socket can be made.
    """
    os.environ.pop(socket_variable(source), None)  # of a run that runs this one
    if os.environ.get(FORKSERVER) == "off" or not hasattr(os, "pidfd_open"):
        return None
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
    os.environ[socket_variable(source)] = name
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
            sys.stdout.flush()

    def _accept(self) -> dict[str, Any] | None:
        """Fork for the next client; returns its request in the fork, else None."""
        client, _ = self.listener.accept()
        client.settimeout(PATIENCE)
        try:
            request, streams = _receive(client)
        except Exception:  # it was killed meanwhile, or is somebody else's
            client.close()
            return None
        self._import(request["module"])
        process = None
        try:
            if select.select([client], [], [], 0)[0]:  # it says nothing more, so it is gone
                raise ConnectionError
            process = os.fork()
            end = os.pidfd_open(process) if process else None
        except OSError:  # also where no process or no descriptor is left: this job tries by itself, the others go on
            if process:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
            with contextlib.suppress(OSError):
                client.sendall(STATUS.pack(REFUSED))
            client.close()
            end = None
        if process == 0:
            return self._become(client, streams, request)
        for stream in streams:
            os.close(stream)
        if process and end:
            job = Job(client, process, end)
            for descriptor in (client.fileno(), end):
                self.jobs[descriptor] = job
                self.selector.register(descriptor, selectors.EVENT_READ)
        return None

    def _become(self, client: socket.socket, streams: Sequence[int], request: dict[str, Any]) -> dict[str, Any]:
        """In a fork: leave what is the server's, take what is the client's."""
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != self.process:  # it was gone before
            os._exit(1)
        if request["interruptible"]:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        client.sendall(STATUS.pack(RUNNING))
        for job in set(self.jobs.values()):
            os.close(job.end)
            job.client.close()
        client.close()
        os.close(self.runner)
        self.listener.close()
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


def _receive(client: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """What a client wants, and its standard streams. Raises some error where it does not say that as it should."""
    if user_of(client) != os.getuid():
        raise ValueError("another user's")
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
    Path("/proc/self/comm").write_text(f"job {request['client']}", encoding="ascii")  # see lib.workflow.scheduler
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = [request["module"], *request["arguments"]]
    tempfile.tempdir = None  # the server's
    atexit._clear()  # what was registered by the server's imports is about what is the server's
    atexit.register(logging.shutdown)
    status = _status_of(request["module"])
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)  # taking apart all that the server has imported takes longer than many a job


def _status_of(module: str) -> int:
    """How a module ends as a program; what ends it is said as Python says it."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        return -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    return 0


def main() -> None:
    listener, runner, *modules = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with Snakemake, which waits for its jobs
    request = Server(socket.socket(fileno=int(listener)), int(runner), modules).serve()
    if request is not None:
        run(request)


if __name__ == "__main__":
    main()
