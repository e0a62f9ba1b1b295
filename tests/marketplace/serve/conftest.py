"""A checkout of its own to run the whole product from."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from marketplace.embedded import launcher

PROJECT = Path(__file__).parents[3]
# What is compiled already comes along, for a start that compiles everything is slow; not what
# another test process is just writing, though, which has another name a moment later.
LEFT_OUT = shutil.ignore_patterns(".*", "var", "tests", "docs", "samples", "*.pyc.*")


def eventually(what: Callable[[], Any], seconds: float = 180.0) -> Any:
    """Wait until `what()` is true, and give it; a slow machine is not a fault."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s")


def is_alive(process: psutil.Process) -> bool:
    """Tell a live process from one that nobody has buried yet."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def free_port() -> int:
    """Find a port that nobody listens on, and that the system gives to no outgoing connection."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


@dataclass
class Run:
    """One `make run`, as the terminal sees it."""

    process: subprocess.Popen[bytes]
    port: int
    lines: list[str] = field(default_factory=list)
    listener: threading.Thread | None = None

    def listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self.lines.append(line.decode())

    @property
    def told(self) -> str:
        return "".join(self.lines)

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def wait_until_told(self, text: str, times: int = 1) -> None:
        eventually(lambda: self.told.count(text) >= times or self.process.poll() is not None)
        assert self.told.count(text) >= times, self.told

    def part(self, word: str) -> psutil.Process:
        """Find the part whose command line holds `word`; a part just started may not show it yet."""
        found: psutil.Process = eventually(lambda: self._find(word))
        return found

    def _find(self, word: str) -> psutil.Process | None:
        for child in psutil.Process(self.process.pid).children():
            # One that has just died has no command line.
            with contextlib.suppress(psutil.Error):
                if any(word in argument for argument in child.cmdline()):
                    return child
        return None

    def interrupt(self) -> int:
        """Press Ctrl-C: SIGINT to the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end, and for the last line it told."""
        status = self.process.wait(180)
        assert self.listener is not None
        self.listener.join(180)
        return status


@dataclass
class Checkout:
    root: Path

    def start(self, port: int | None = None) -> Run:
        port = port or free_port()
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "DATABASE_OWNER_URL", "JIEDUI_ENV"}
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "marketplace.serve"],
            cwd=self.root,
            env=environment | {"PORT": str(port), "PYTHONPATH": str(self.root), "WEB_WORKERS": "2"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        run = Run(process, port)
        run.listener = threading.Thread(target=run.listen)
        run.listener.start()
        return run


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    root = tmp_path_factory.mktemp("checkout") / "project"
    shutil.copytree(PROJECT, root, ignore=LEFT_OUT)
    yield Checkout(root)
    launcher.remove(root)


@pytest.fixture(scope="module")
def runs() -> Iterator[list[Run]]:
    """The run that the last test left, which the next one may use."""
    started: list[Run] = []
    yield started
    for run in started:
        if run.process.poll() is None:
            run.interrupt()


@pytest.fixture
def run(checkout: Checkout, runs: list[Run]) -> Run:
    """The product, running and ready."""
    if not runs or runs[-1].process.poll() is not None:
        runs.append(checkout.start())
        runs[-1].wait_until_told("Ready. Open:")
    return runs[-1]
