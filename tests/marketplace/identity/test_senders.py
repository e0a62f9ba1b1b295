"""The gateway that carries codes: met over HTTP, signed, and refused at start when not set."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from config.settings import Settings, SettingsIncomplete
from marketplace.identity.codes import MadeCode
from marketplace.identity.errors import CodeNotSent
from marketplace.identity.models import CodePurpose
from marketplace.identity.senders import ConsoleSender, GatewaySender, sender_for

SECRET = "a secret shared with the gateway"
MADE = MadeCode(phone="13812345678", code="012345", purpose=CodePurpose.SIGN_IN)


class Gateway(HTTPServer):
    """An operator's gateway that answers as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 202
        self.received: list[tuple[str, bytes, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/codes"


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, body, self.headers["X-Signature"]))
        self.send_response(self.server.status)
        self.send_header("Location", self.server.url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class TestGatewaySender:
    def test_posts_the_code_signed(self, gateway: Gateway) -> None:
        GatewaySender(gateway.url, SECRET).send(MADE)
        path, body, signature = gateway.received[0]
        assert path == "/codes"
        assert json.loads(body) == {"phone": "13812345678", "code": "012345", "purpose": "sign_in"}
        assert signature == hmac.digest(SECRET.encode(), body, hashlib.sha256).hex()

    def test_posts_a_notice_signed(self, gateway: Gateway) -> None:
        GatewaySender(gateway.url, SECRET).send_notice("13812345678", "有人申请找回您的账号")
        _, body, signature = gateway.received[0]
        assert json.loads(body) == {
            "phone": "13812345678", "text": "有人申请找回您的账号", "purpose": "notice",
        }  # fmt: skip
        assert signature == hmac.digest(SECRET.encode(), body, hashlib.sha256).hex()

    @pytest.mark.parametrize("status", [302, 400, 500])
    def test_follows_no_redirect_and_reports_a_refusal(self, gateway: Gateway, status: int) -> None:
        gateway.status = status
        with pytest.raises(CodeNotSent):
            GatewaySender(gateway.url, SECRET).send(MADE)
        assert len(gateway.received) == 1

    def test_reports_a_gateway_that_is_not_there(self, caplog: pytest.LogCaptureFixture) -> None:
        with pytest.raises(CodeNotSent):
            GatewaySender("http://127.0.0.1:9/codes", SECRET).send(MADE)
        assert "012345" not in caplog.text
        assert "13812345678" not in caplog.text


class TestSenderFor:
    def environment(self, **more: str) -> dict[str, str]:
        return {
            "JIEDUI_ENV": "production", "DATABASE_URL": "postgresql://x/y", "SECRET_KEY": "k" * 32,
            "PUBLIC_URL": "https://jiedui.example", "TRUSTED_PROXIES": "1",
            **more,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("sender", "secret"),
        [("", SECRET), ("console", SECRET), ("sms", SECRET), ("http://gateway.example", SECRET),
         ("https://gateway.example", ""), ("https://gateway.example", "short")],
    )  # fmt: skip
    def test_refuses_to_start_without_a_real_one(self, sender: str, secret: str) -> None:
        environment = self.environment(CODE_SENDER=sender, CODE_SENDER_SECRET=secret)
        with pytest.raises(SettingsIncomplete, match="CODE_SENDER"):
            Settings.from_env(environment)

    def test_is_the_gateway_in_production(self) -> None:
        environment = self.environment(
            CODE_SENDER="https://gateway.example/codes", CODE_SENDER_SECRET=SECRET
        )
        settings = Settings.from_env(environment)
        assert isinstance(sender_for(settings), GatewaySender)
        assert SECRET not in repr(settings)

    def test_is_the_console_in_development(self) -> None:
        settings = Settings.from_env(
            self.environment(JIEDUI_ENV="development", SANDBOX_PAYMENTS="0")
        )
        assert isinstance(sender_for(settings), ConsoleSender)
