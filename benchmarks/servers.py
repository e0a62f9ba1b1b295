"""gunicorn for the shop and for bare yardsticks, with the same settings, watched from outside."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.database import ROOT

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server: its port, how long it took to answer, and its processes."""

    port: int
    started_after_ms: float
    master: int

    def worker_memory_mib(self) -> float:
        """Return the mean memory of a worker (proportional set size: shared pages are divided)."""
        children = (
            Path(f"/proc/{self.master}/task/{self.master}/children").read_text("utf-8").split()
        )
        sizes = [_pss_kib(int(pid)) for pid in children]
        return sum(sizes) / len(sizes) / 1024


def processor_seconds(*masters: int) -> float:
    """Return the processor time that processes and their children have used so far."""
    ticks = 0
    for master in masters:
        children = Path(f"/proc/{master}/task/{master}/children").read_text("utf-8").split()
        ticks += _ticks(master, with_ended=True)
        ticks += sum(_ticks(int(child), with_ended=False) for child in children)
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int, *, with_ended: bool) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    # utime, stime, and for a parent those of its children that have ended: proc(5)
    return sum(int(value) for value in fields[11 : 15 if with_ended else 13])


def _pss_kib(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8")
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


@contextmanager
def serving(module: str, path: str, environment: dict[str, str]) -> Iterator[Serving]:
    """Run gunicorn with the product's settings and no keep-alive until the block ends.

    Without keep-alive every request is a connection of its own: gthread would otherwise leave all
    connections of a run to one worker now and then, and the figure would jump threefold.
    """
    port = _free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "--keep-alive", "0",
         "--bind", f"127.0.0.1:{port}", module],
        cwd=ROOT,
        env=environment | {"PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}"},
    )  # fmt: skip
    try:
        _wait_until_answering(port, path, process)
        yield Serving(port, (time.perf_counter() - began) * 1000, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_answering(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError("gunicorn ended before it answered")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(request)
                if b" 200 " in connection.recv(64):
                    return
        except OSError:
            pass
        time.sleep(0.02)
    raise RuntimeError("gunicorn does not answer")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
