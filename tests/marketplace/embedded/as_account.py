"""Runs the launcher's commands as other accounts: `as_account.py SOCKET PACKAGES`.

The interpreter and its packages may stand below root's home, where another account cannot go; so
all of them are loaded first, and each command runs in a fork that drops its rights, for good.
Loading them once for all commands also spares each the most of its time.

A connection to SOCKET brings one JSON document, and with it the file that the command writes to:
uid, gid, arguments. It is told the command's pid, and its status at the end.
"""

import importlib
import json
import os
import signal
import socket
import sys
from typing import Any


def serve(listener: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        connection, _ = listener.accept()
        with connection:
            asked, files, _, _ = socket.recv_fds(connection, 65_536, 1)
            if not asked:
                return
            if os.fork() == 0:
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                answer(connection, json.loads(asked), files[0])
            os.close(files[0])


def answer(connection: socket.socket, asked: dict[str, Any], output: int) -> None:
    """Run the command in a fork of this fork, which stays to tell how it ended."""
    pid = os.fork()
    if pid == 0:
        connection.close()
        run(asked, output)
    os.close(output)
    connection.sendall(f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def run(asked: dict[str, Any], output: int) -> None:
    for stream in (1, 2):
        os.dup2(output, stream)
    os.close(output)
    if asked["uid"] != os.geteuid():
        os.setgroups([])
        os.setgid(asked["gid"])
        os.setuid(asked["uid"])
    status = 70
    try:
        status = sys.modules["marketplace.embedded.__main__"].main(asked["arguments"])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    address, packages = sys.argv[1:]
    sys.path.insert(0, packages)
    for name in ("psycopg", "encodings.idna", "marketplace.embedded.__main__"):
        importlib.import_module(name)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        print("ready", flush=True)
        serve(listener)
