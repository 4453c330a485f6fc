"""A job in a fork of the server does what it would do by itself, ends as it would, and ends with whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lib.workflow import forkserver, scheduler

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "lib/workflow/forked.py"
SOURCE = Path("copy")
VARIABLE = forkserver.socket_variable(SOURCE)
MODULE = """\
import os, signal, sys, time
open("imported.txt", "a").write("once\\n") if __name__ != "__main__" else None
if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "tell":
        print(sys.argv[1:], os.getcwd(), os.environ["WORD"], sys.stdin.read())
        print("aside", file=sys.stderr)
    elif what == "exit":
        sys.exit(int(rest[0]) if rest[0].isdigit() else rest[0])
    elif what == "fail":
        raise LookupError("no such thing")
    elif what == "die":
        os.kill(os.getpid(), int(rest[0]))
    elif what == "work":
        open(rest[0], "w").write(str(os.getpid()))
        time.sleep(60)
"""
Start = Callable[..., subprocess.Popen[str]]


def by_itself(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


def forked(*arguments: str) -> list[str]:
    return [sys.executable, "-S", str(CLIENT), os.environ[VARIABLE], "-m", *arguments]


@pytest.fixture
def start(tmp_path, monkeypatch) -> Iterator[Start]:
    """Starts a command beside a server for the modules in a folder, whose processes end with the test."""
    (tmp_path / "thing.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "broken.py").write_text("import nowhere_to_be_found\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv(VARIABLE, "")
    Path("job.sh").write_text("true\n", encoding="utf-8")
    server = forkserver.start(SOURCE, Path("job.sh"), tmp_path / "server.log")
    assert server is not None
    started = [server]

    def run(command: list[str], word: str = "", **options: object) -> subprocess.Popen[str]:
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        # Tests may run in the background of a shell, where Ctrl-C is not heard.
        options |= {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
        process = subprocess.Popen(command, text=True, env={**os.environ, "WORD": word}, **streams, **options)  # type: ignore[call-overload]
        started.append(process)
        return process  # type: ignore[no-any-return]

    run.server = server  # type: ignore[attr-defined]
    yield run
    for process in reversed(started):  # the server last
        process.kill()
        process.communicate()


def wait_for(path: Path) -> int:
    """The process id that a job has written down."""
    deadline = time.monotonic() + 60
    while not (path.is_file() and path.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return int(path.read_text())


@pytest.mark.parametrize(
    "arguments", [("tell", "a b", "ü"), ("exit", "0"), ("exit", "3"), ("exit", "no"), ("fail",), ("broken",)]
)
def test_it_says_and_returns_what_the_module_would_by_itself(start, arguments):
    module = ["broken"] if arguments == ("broken",) else ["thing", *arguments]
    one, other = (start(command(*module), word="said") for command in (by_itself, forked))
    (out, error), (forked_out, forked_error) = (process.communicate("handed over") for process in (one, other))
    assert (other.returncode, forked_out) == (one.returncode, out)
    assert forked_error.splitlines()[-1:] == error.splitlines()[-1:]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_job_that_dies_of_a_signal_does_so_in_the_eyes_of_whoever_started_it(start, number):
    process = start(forked("thing", "die", str(int(number))))
    process.communicate()
    assert process.returncode == -number


def test_a_module_is_imported_once_for_all_jobs(start):
    for _ in range(3):
        start(forked("thing", "exit", "0")).communicate()
    assert Path("imported.txt").read_text() == "once\n"


def test_modules_of_planned_jobs_are_imported_before_their_jobs_come(start, tmp_path):
    server = forkserver.start(SOURCE, Path("job.sh"), tmp_path / "other.log", ["broken", "thing"])
    try:
        deadline = time.monotonic() + 60
        while not Path("imported.txt").is_file():
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        server.kill()
        server.wait()


def test_jobs_run_side_by_side(start):
    jobs = [start(forked("thing", "work", f"{i}.txt")) for i in range(2)]
    assert len({wait_for(Path(f"{i}.txt")) for i in range(2)} | {job.pid for job in jobs}) == 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_ends_the_client_ends_the_job(start, number):
    client = start(forked("thing", "work", "job.txt"))
    job = psutil.Process(wait_for(Path("job.txt")))
    client.send_signal(number)
    job.wait(timeout=30)
    assert start(forked("thing", "exit", "0")).wait() == 0  # the server is there for others


def test_without_the_server_a_job_fails_with_one_line(start):
    client = start(forked("thing", "work", "job.txt"))
    wait_for(Path("job.txt"))
    start.server.kill()
    _, error = client.communicate()
    assert client.returncode == 1
    assert error == "error: the process that runs the jobs was killed, and the job with it; run Snakemake again\n"


def test_where_there_is_no_server_the_module_runs_by_itself(start, monkeypatch):
    monkeypatch.setenv(VARIABLE, "nobody-there")
    out, _ = start(forked("thing", "tell")).communicate("handed over")
    assert out == f"['tell'] {Path.cwd()}  handed over\n"


def test_the_server_and_its_jobs_end_with_the_process_that_started_it(start, tmp_path):
    command = "import os; from pathlib import Path; from lib.workflow import forkserver;"
    command += "print(forkserver.start(Path('copy'), Path('job.sh'), Path('log')).pid, flush=True);"
    command += f"os.system('python -S {CLIENT} ${VARIABLE} -m thing work job.txt')"
    runner = start([sys.executable, "-c", command])
    server = psutil.Process(int(runner.stdout.readline()))
    below = [server, psutil.Process(wait_for(Path("job.txt")))]
    runner.kill()
    assert psutil.wait_procs(below, timeout=30)[1] == []


def test_a_job_is_measured_with_what_runs_for_it(start, monkeypatch):
    monkeypatch.setattr(scheduler, "_servers", [psutil.Process(start.server.pid)])
    client = start(forked("thing", "work", "job.txt"))
    job = wait_for(Path("job.txt"))
    others = [process.pid for process in psutil.Process(client.pid).children(recursive=True)]
    assert job not in others
    assert [process.pid for process in scheduler._Job(client.pid).children(recursive=True)] == [job]


@pytest.mark.parametrize("moment", ["while the server imports", "at work"])
def test_ctrl_c_ends_a_job_at_any_moment(start, moment):
    Path("slow.py").write_text(f"import time; time.sleep(3)\n{MODULE}", encoding="utf-8")
    at_work = moment == "at work"
    client = start(forked("thing" if at_work else "slow", "work", "job.txt"), start_new_session=True)
    if at_work:
        job = wait_for(Path("job.txt"))
        os.kill(job, signal.SIGINT)  # it is in the group of Snakemake, as the client is
    else:
        time.sleep(0.5)
    os.killpg(client.pid, signal.SIGINT)
    client.communicate(timeout=30)
    assert client.returncode == -signal.SIGINT
    assert at_work or not Path("job.txt").exists()


def test_in_the_background_of_a_shell_a_job_does_not_hear_ctrl_c(start):
    quiet = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]
    client = start([*quiet, *forked("thing", "work", "job.txt")])
    job = wait_for(Path("job.txt"))
    os.kill(job, signal.SIGINT)
    time.sleep(0.5)
    assert psutil.Process(job).is_running()
    assert client.poll() is None


def test_a_job_is_whole_when_it_ends(start):
    """Its threads have ended, what it has registered for its end was called, what is its server's was not."""
    lines = [
        "import atexit, threading, time",
        "if __name__ != '__main__':",
        "    print('imported')",
        "    atexit.register(print, 'of the server')",
        "else:",
        "    atexit.register(print, 'the end')",
        "    threading.Thread(target=lambda: (time.sleep(0.3), print('thread'))).start()",
    ]
    Path("threads.py").write_text("\n".join(lines), encoding="utf-8")
    for _ in range(2):
        assert start(forked("threads")).communicate()[0] == "thread\nthe end\n"


def test_with_a_stream_closed_the_module_runs_by_itself(start):
    client = start(["sh", "-c", 'exec "$@" <&-', "sh", *forked("thing", "exit", "3")])
    client.communicate(timeout=30)
    assert client.returncode == 3
    assert not Path("imported.txt").exists()


def test_where_no_process_can_be_made_for_it_a_job_runs_by_itself_and_the_server_goes_on(start):
    lines = ["import os", "if __name__ != '__main__':", "    os.fork = lambda fork=os.fork: fork_later(fork)"]
    lines += [
        "def fork_later(fork):",
        "    os.fork = fork",
        "    raise BlockingIOError(11, 'Resource temporarily unavailable')",
    ]
    lines += ["if __name__ == '__main__':", "    print('here')"]
    Path("refused.py").write_text("\n".join(lines), encoding="utf-8")
    assert start(forked("refused")).communicate()[0] == "here\n"
    assert start(forked("thing", "exit", "4")).wait() == 4
    assert start.server.poll() is None
