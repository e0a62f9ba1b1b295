"""A tracking service that speaks HTTP as Kuaidi100 does: it checks signatures and remembers."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

CUSTOMER, KEY, SALT = "TESTCUSTOMER", "test-key-0123456789", "test-salt-0123456789"


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def result(number: str, state: str, *contexts: str, com: str = "shunfeng") -> dict[str, Any]:
    """Return what the service says of a waybill, the newest line first."""
    data = [
        {"ftime": f"2026-11-{20 - at:02d} 08:30:00", "context": context}
        for at, context in enumerate(contexts)
    ]
    return {
        "message": "ok",
        "status": "200",
        "com": com,
        "nu": number,
        "state": state,
        "data": data,
    }


def notice(told: dict[str, Any], salt: str = SALT) -> dict[str, str]:
    """Return the form that the service pushes."""
    param = json.dumps({"status": "polling", "lastResult": told}, ensure_ascii=False)
    return {"sign": md5(param + salt), "param": param}


class Kuaidi100Server(ThreadingHTTPServer):
    """What was subscribed, and what is known of each waybill; ``is_down`` answers nonsense."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.subscribed: list[dict[str, Any]] = []
        self.known: dict[str, dict[str, Any]] = {}
        self.is_down = False

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Kuaidi100Server

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
        if self.server.is_down:
            self.answer("<html>busy</html>")
        elif self.path == "/poll":
            self.answer(json.dumps(self.subscribe(json.loads(form["param"]))))
        else:
            self.answer(json.dumps(self.look_up(form)))

    def subscribe(self, param: dict[str, Any]) -> dict[str, Any]:
        if param["key"] != KEY:
            return {"result": False, "returnCode": "600", "message": "not a customer"}
        is_new = param["number"] not in {each["number"] for each in self.server.subscribed}
        self.server.subscribed.append(param)
        return {"result": is_new, "returnCode": "200" if is_new else "501", "message": ""}

    def look_up(self, form: dict[str, str]) -> dict[str, Any]:
        if form["sign"] != md5(form["param"] + KEY + CUSTOMER):
            return {"result": False, "returnCode": "503", "message": "bad signature"}
        number = json.loads(form["param"])["num"]
        unknown = {"result": False, "returnCode": "500", "message": "nothing found"}
        return self.server.known.get(number, unknown)

    def answer(self, body: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[Kuaidi100Server]:
    """Run the service on a port of its own."""
    server = Kuaidi100Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
