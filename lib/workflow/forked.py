"""Run ``-m NAME ...`` as Python would, in a fork of the process that has imported it (see lib.workflow.forkserver).

This client stands for the job: it waits for it and ends as it does, and what ends the client ends the job. It is run by
its path, and imports nothing of the project, so that it is there in some hundredths of a second.
"""

import marshal
import os
import signal
import socket
import struct
import sys

FORKSERVER = "REPORT_FORKSERVER"  # environment: the name of its socket; "off": jobs are processes of their own
LENGTH = struct.Struct("!Q")  # of a request, in bytes
STATUS = struct.Struct("!i")  # how its job ended, below 0 by a signal


def address(name: str) -> str:
    """Of a socket without a file, so that none is left behind: Linux alone has them."""
    return f"\0{name}"


def main() -> None:
    server = socket.socket(socket.AF_UNIX)
    try:
        if sys.argv[1:2] != ["-m"]:
            raise OSError("the server runs modules only")
        server.connect(address(os.environ[FORKSERVER]))
    except (OSError, KeyError):
        os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the job too, which then ends
    request = {
        "module": sys.argv[2],
        "arguments": sys.argv[3:],
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "client": os.getpid(),
    }
    message = marshal.dumps(request)  # the server is the same Python
    socket.send_fds(server, [LENGTH.pack(len(message))], [0, 1, 2])
    server.sendall(message)
    told = server.recv(STATUS.size)
    if len(told) < STATUS.size:
        sys.exit("error: the process that runs the jobs was killed, and the job with it; run Snakemake again")
    (status,) = STATUS.unpack(told)
    if status < 0:
        if -status != signal.SIGKILL:  # which has no handler
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


if __name__ == "__main__":
    main()
