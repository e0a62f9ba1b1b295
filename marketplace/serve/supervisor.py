"""The supervisor of `make run`: from an empty checkout to a served page, and back to silence."""

from __future__ import annotations

import fcntl
import http.client
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from marketplace import embedded
from marketplace.serve.messages import CannotServe, say, show
from marketplace.serve.parts import Part, stop_all
from marketplace.serve.preparation import prepare

READY_SECONDS = 60.0
# An earlier run that was killed gives its parts this long to finish their requests.
EARLIER_RUN_SECONDS = 60.0
WATCH_SECONDS = 0.2
DATABASE_WATCH_SECONDS = 1.0


class Database:
    """The embedded server while it is needed, or the configured one, which is left alone."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self.root = root
        self.is_embedded = not environment.get("DATABASE_URL")

    def ensure(self) -> dict[str, str]:
        """Start it unless it runs; give the settings that lead to it."""
        if not self.is_embedded:
            return {}
        endpoints = embedded.ensure_running(self.root)
        return {"DATABASE_URL": endpoints.app_url, "DATABASE_OWNER_URL": endpoints.owner_url}

    def is_running(self) -> bool:
        return not self.is_embedded or embedded.status(self.root).is_running

    def stop(self) -> None:
        if self.is_embedded:
            embedded.stop(self.root)


class Supervisor:
    """One run of the whole product from one checkout."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self.root = root
        self.environment = environment
        self.port = int(environment.get("PORT", "8000"))
        self.database = Database(root, environment)
        self.parts: list[Part] = []
        self.is_announced = False

    def run(self) -> None:
        """Serve until a signal ends it. Raises CannotServe where something outside prevents it."""
        # SIGINT too: what a script starts in its background inherits that it is ignored.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        with _only_run(self.root) as lock, _listen(self.port) as listener:
            try:
                self.environment |= self.database.ensure()
                prepare(self.root, self.environment)
                self._start_parts(lock, listener.fileno())
                self._wait_until_ready()
                self._watch()
            except KeyboardInterrupt:
                say("\n正在停止……", "Stopping…")
            finally:
                # A second Ctrl-C must not leave half of it running.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                listener.close()
                stop_all(self.parts)
                self.database.stop()
        say("已全部停止。", "Everything has stopped.")

    def _start_parts(self, lock: int, listener: int) -> None:
        web = ["-m", "gunicorn", "--config", "config/gunicorn.py", "--bind", f"fd://{listener}"]
        commands = {"web": [*web, "wsgi:app"], "jobs": ["-m", "marketplace.worker"]}
        for name, arguments in commands.items():
            descriptors = (lock, listener) if name == "web" else (lock,)
            part = Part(name, arguments, self.root, self.environment, descriptors)
            part.start()
            self.parts.append(part)

    def _watch(self) -> NoReturn:
        look_again = 0.0
        while True:
            if not self.is_announced and is_ready(self.port):
                self._announce()
            for part in self.parts:
                if part.watch():
                    say(
                        f"{part.name} 意外退出，正在重新启动。",
                        f"{part.name} died; starting it again.",
                    )
            if time.monotonic() >= look_again:
                self._watch_database()
                look_again = time.monotonic() + DATABASE_WATCH_SECONDS
            time.sleep(WATCH_SECONDS)

    def _watch_database(self) -> None:
        if self.database.is_running():
            return
        say("数据库意外退出，正在恢复。", "The database died; recovering it.")
        changed = self.database.ensure()
        if changed.items() <= self.environment.items():
            return
        # Somebody took its port in the meantime: the parts must learn the new one.
        self.environment |= changed
        stop_all(self.parts)
        for part in self.parts:
            part.start()

    def _wait_until_ready(self) -> None:
        """Wait for the first answer, and say so when it is late: it may come yet."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if is_ready(self.port):
                self._announce()
                return
            for part in self.parts:
                part.watch()
            time.sleep(0.1)
        address = f"http://127.0.0.1:{self.port}"
        say(
            f"{READY_SECONDS:.0f} 秒后仍未就绪，请查看上面的日志和 {address}/readyz。",
            f"Not ready after {READY_SECONDS:.0f} s: see the log above and {address}/readyz.",
        )

    def _announce(self) -> None:
        self.is_announced = True
        address = f"http://127.0.0.1:{self.port}"
        say(f"\n结对集市已就绪，请打开：{address}/", f"Ready. Open: {address}/")
        say(
            f"接口文档：{address}/api/v1/docs    按 Ctrl-C 停止。",
            f"API reference: {address}/api/v1/docs    Ctrl-C stops everything.",
        )
        if self.environment["JIEDUI_ENV"] == "development":
            self._show_sign_ins()

    def _show_sign_ins(self) -> None:
        """Show how to sign in to the sample data; the samples wrote it down themselves."""
        try:
            show((self.root / "var" / "sample-sign-ins.txt").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return


def is_ready(port: int) -> bool:
    """Ask /readyz."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def _only_run(root: Path) -> Iterator[int]:
    """Hold the checkout's lock; parts inherit it, so it also tells of survivors of a killed run."""
    (root / "var").mkdir(exist_ok=True)
    descriptor = os.open(root / "var" / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + EARLIER_RUN_SECONDS
        is_told = False
        while not _lock(descriptor):
            if time.monotonic() > deadline:
                raise CannotServe(
                    f"{root} 已经在运行，请先停止它。",
                    f"{root} is already being served; stop that first.",
                )
            if not is_told:
                say("正在等待上一次运行结束……", "Waiting for an earlier run to finish…")
                is_told = True
            time.sleep(0.2)
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _listen(port: int) -> Iterator[socket.socket]:
    """Take the port before anything else is started.

    The socket is handed down to the web server: while that starts again, callers wait in its
    queue instead of being refused.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(1024)
        except OSError as taken:
            raise CannotServe(
                f"端口 {port} 已被占用。请停止占用它的程序，或换一个端口：PORT=8001 make run",
                f"Port {port} is taken. Stop what uses it, or take another: PORT=8001 make run",
            ) from taken
        listener.set_inheritable(True)
        yield listener
