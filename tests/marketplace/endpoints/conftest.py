"""A storefront that receives webhooks over real HTTP on the loopback interface."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask import Flask


@dataclass(slots=True)
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Answer:
    """What the storefront says; ``before`` runs first, on the server's thread."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    before: Callable[[], object] | None = None


class Storefront:
    """A receiver: keeps what came, and answers as told for a path (else 200)."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: dict[str, list[Answer]] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.received.append(Received(self.path, headers, body))
                left = outer.answers.get(self.path) or [Answer()]
                answer = left.pop(0) if len(left) > 1 else left[0]
                if answer.before is not None:
                    answer.before()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (ConnectionError, ValueError):
                    self.close_connection = True

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(
            target=lambda: self.server.serve_forever(poll_interval=0.01), daemon=True
        ).start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def url(self, path: str = "/hooks") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def say(self, *answers: Answer, path: str = "/hooks") -> None:
        """Answer the next requests so, and all later ones like the last of these."""
        self.answers[path] = list(answers)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def storefront() -> Iterator[Storefront]:
    receiver = Storefront()
    yield receiver
    receiver.close()


@pytest.fixture
def loopback(app: Flask) -> Iterator[None]:
    """Let webhooks go to this machine."""
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, webhooks_to_loopback=True)
    yield
    app.config["SETTINGS"] = settings
