"""WeChat's servers as the mini-program's server meets them: over HTTP, with a memory and a clock.

Codes are good once and for five minutes; calls of a user are counted; access tokens end; a number
carries the mark of its mini-program. ``says`` makes the next answers something else.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from marketplace import clock

APP_ID, SECRET = "wx0000000000000test", "test-secret-0123456789abcdef"
SESSION_KEY = "c2Vzc2lvbi1rZXktb2YtYS10ZXN0Lg=="
CODE_GOOD_FOR, TOKEN_SECONDS = timedelta(minutes=5), 7200
CALLS_OF_A_USER = 100


@dataclass(slots=True)
class Code:
    """A one-time code: what it stands for, and since when."""

    stands_for: dict[str, Any]
    made_at: datetime
    is_used: bool = False


class WechatServer(ThreadingHTTPServer):
    """Users of one mini-program, their numbers, and the tokens of its server."""

    daemon_threads = True
    request_queue_size = 32

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.waits = threading.Event()
        self.lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.login_codes: dict[str, Code] = {}
        self.phone_codes: dict[str, Code] = {}
        self.blocked: set[str] = set()
        self.calls: Counter[str] = Counter()
        self.asked_of_user: Counter[str] = Counter()
        self.says: list[tuple[int, bytes]] = []
        self.waits.set()
        self.token = ""
        self.token_ends_at = clock.now()
        self.refused_tokens: set[str] = set()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def log_in(self, openid: str, unionid: str | None = None) -> str:
        """What ``wx.login`` gives the mini-program."""
        code = f"login-{len(self.login_codes)}"
        said = {"openid": openid, "session_key": SESSION_KEY}
        said |= {"unionid": unionid} if unionid else {}
        self.login_codes[code] = Code(said, clock.now())
        return code

    def share_phone(self, phone: str, country: Any = "86", app_id: str = APP_ID) -> str:
        """What the button for the telephone number gives the mini-program."""
        code = f"phone-{len(self.phone_codes)}"
        info = {
            "phoneNumber": phone, "purePhoneNumber": phone, "countryCode": country,
            "watermark": {"timestamp": int(clock.now().timestamp()), "appid": app_id},
        }  # fmt: skip
        self.phone_codes[code] = Code(info, clock.now())
        return code

    def look_at(self, path: str, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.calls[path] += 1
            if path == "/sns/jscode2session":
                return self.exchange(query)
            if path == "/cgi-bin/stable_token":
                return self.issue_token(body)
            return self.tell_phone(query.get("access_token", ""), body["code"])

    def exchange(self, query: dict[str, str]) -> dict[str, Any]:
        assert query["grant_type"] == "authorization_code"
        if (query["appid"], query["secret"]) != (APP_ID, SECRET):
            return failure(40125, "invalid appsecret")
        code = self.login_codes.get(query["js_code"])
        said = use_up(code)
        if said is not None:
            return said
        assert code is not None
        openid = code.stands_for["openid"]
        self.asked_of_user[openid] += 1
        if self.asked_of_user[openid] > CALLS_OF_A_USER:
            return failure(45011, "api minute-quota reach limit")
        return failure(40226, "code blocked") if openid in self.blocked else code.stands_for

    def issue_token(self, body: dict[str, Any]) -> dict[str, Any]:
        assert body["grant_type"] == "client_credential"
        if (body["appid"], body["secret"]) != (APP_ID, SECRET):
            return failure(40125, "invalid appsecret")
        left = self.token_ends_at - clock.now()
        if body["force_refresh"] or left <= timedelta(minutes=5):
            if body["force_refresh"]:
                self.refused_tokens.add(self.token)
            self.token = f"token-{self.calls['/cgi-bin/stable_token']}"
            self.token_ends_at = clock.now() + timedelta(seconds=TOKEN_SECONDS)
            left = timedelta(seconds=TOKEN_SECONDS)
        return {"access_token": self.token, "expires_in": int(left.total_seconds())}

    def tell_phone(self, token: str, given: str) -> dict[str, Any]:
        if token in self.refused_tokens or token != self.token:
            return failure(40001, "invalid credential, access_token is invalid or not latest")
        if self.token_ends_at <= clock.now():
            return failure(42001, "access_token expired")
        code = self.phone_codes.get(given)
        said = use_up(code)
        if said is not None:
            # This call tells a used code from an unknown one by nothing.
            return failure(40029, "invalid code")
        assert code is not None
        return {"errcode": 0, "errmsg": "ok", "phone_info": code.stands_for}


def use_up(code: Code | None) -> dict[str, Any] | None:
    if code is None or code.made_at + CODE_GOOD_FOR <= clock.now():
        return failure(40029, "invalid code")
    if code.is_used:
        return failure(40163, "code been used")
    code.is_used = True
    return None


def failure(code: int, message: str) -> dict[str, Any]:
    return {"errcode": code, "errmsg": f"{message}, rid: 0000"}


class _Handler(BaseHTTPRequestHandler):
    server: WechatServer

    def do_GET(self) -> None:
        self.reply({})

    def do_POST(self) -> None:
        self.reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def reply(self, body: dict[str, Any]) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.server.waits.wait(10)
        status, said = 200, b""
        if self.server.says:
            status, said = self.server.says.pop(0)
        said = said or json.dumps(self.server.look_at(parts.path, query, body)).encode()
        try:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(said)
        except OSError:
            pass  # the caller did not wait

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[WechatServer]:
    """Run the servers on a port of their own."""
    server = WechatServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.waits.set()
        server.shutdown()
        server.server_close()
        thread.join()
