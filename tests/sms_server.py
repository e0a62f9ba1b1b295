"""Aliyun's short message service over HTTP: it checks each signature by its own reckoning."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY_ID, KEY_SECRET, SIGN = "test-key-id", "test-key-secret-0123456789", "结对集市"


class SmsServer(ThreadingHTTPServer):
    """What was taken, and what to answer instead of OK to a number."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sent: list[dict[str, Any]] = []
        self.answers: dict[str, str] = {}
        self.nonces: set[str] = set()
        self.says_nonsense = False

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: SmsServer

    def do_POST(self) -> None:
        if self.server.says_nonsense:
            self.answer(502, b"<html>busy</html>")
            return
        query = dict(parse_qsl(urlsplit(self.path).query))
        code = self.judge() or self.server.answers.get(query["PhoneNumbers"], "OK")
        if code == "OK":
            self.server.sent.append({**query, "values": json.loads(query["TemplateParam"])})
        status = 200 if code == "OK" or code.startswith("is") else 400
        self.answer(status, json.dumps({"Code": code, "Message": "", "RequestId": "0"}).encode())

    def judge(self) -> str:
        """Return what is wrong with the request's signature, if anything."""
        algorithm, _, rest = self.headers["Authorization"].partition(" ")
        told = dict(part.split("=", 1) for part in rest.split(","))
        names = told["SignedHeaders"].split(";")
        needed = {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date",
                  "x-acs-signature-nonce", "x-acs-version"}  # fmt: skip
        nonce = self.headers["x-acs-signature-nonce"]
        if algorithm != "ACS3-HMAC-SHA256" or set(names) != needed or nonce in self.server.nonces:
            return "SignatureNonceUsed"
        self.server.nonces.add(nonce)
        lines = "".join(f"{name}:{self.headers[name]}\n" for name in names)
        body = hashlib.sha256(b"").hexdigest()
        parts = ("POST", "/", urlsplit(self.path).query, lines, told["SignedHeaders"], body)
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        right = hmac.new(KEY_SECRET.encode(), f"{algorithm}\n{digest}".encode(), "sha256")
        is_right = told["Credential"] == KEY_ID and told["Signature"] == right.hexdigest()
        return "" if is_right else "SignatureDoesNotMatch"

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[SmsServer]:
    """Run the service on a port of its own."""
    server = SmsServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
