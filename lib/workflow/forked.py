"""Run ``-m NAME ...`` as Python would, in a fork of the process that has imported it (see lib.workflow.forkserver).

``forked.py SOCKET -m NAME ...``: this client stands for the job. It waits for it and ends as it does, and what ends the
client ends the job. It is run by its path and imports nothing of the project, so that it is there in some hundredths of
a second. Where the server cannot be used it becomes ``python -m NAME ...`` itself.
"""

import marshal
import os
import signal
import socket
import struct
import sys

LENGTH = struct.Struct("!Q")  # of a request, in bytes
STATUS = struct.Struct("!i")  # how the job ended, below 0 by a signal; or one of these:
RUNNING, REFUSED = 1 << 16, 1 << 17
PEER = struct.Struct("3i")  # process, user and group at the other end


def address(name: str) -> str:
    """Of a socket without a file, so that none is left behind: Linux alone has them."""
    return f"\0{name}"


def user_of(peer: socket.socket) -> int:
    """Who is at the other end."""
    return int(PEER.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))[1])


def connect(name: str) -> socket.socket:
    """The server, to which the standard streams can be handed over. Raises OSError where it cannot be used."""
    for stream in range(3):
        os.fstat(stream)
    server = socket.socket(socket.AF_UNIX)
    server.connect(address(name))
    if user_of(server) != os.getuid():
        raise OSError("another user's")
    return server


def status_of(server: socket.socket, request: dict[str, object]) -> int | None:
    """How the job ended; None if that cannot be known."""
    message = marshal.dumps(request)  # the server is the same Python
    try:
        socket.send_fds(server, [LENGTH.pack(len(message))], [0, 1, 2])
        server.sendall(message)
        while len(told := server.recv(STATUS.size)) == STATUS.size:
            (status,) = STATUS.unpack(told)
            if status != RUNNING:
                return int(status)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # from here on Ctrl-C is the job's, which then ends
    except OSError:
        pass
    return None


def main() -> None:
    name, *command = sys.argv[1:]
    alone = [sys.executable, *command]
    try:
        if command[0] != "-m":
            raise OSError("the server runs modules only")
        server = connect(name)
    except OSError:
        os.execv(sys.executable, alone)
    if interruptible := signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    request = {
        "module": command[1],
        "arguments": command[2:],
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "client": os.getpid(),
        "interruptible": interruptible,
    }
    status = status_of(server, request)
    if status is None:
        sys.exit("error: the process that runs the jobs was killed, and the job with it; run Snakemake again")
    if status == REFUSED:
        os.execv(sys.executable, alone)
    if status < 0:
        if -status != signal.SIGKILL:  # which has no handler
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


if __name__ == "__main__":
    main()
