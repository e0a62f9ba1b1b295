"""Senders of one-time codes: the console in development, an operator's gateway elsewhere."""

import hashlib
import hmac
import http.client
import logging
import ssl
import sys
from typing import Protocol
from urllib.parse import urlsplit

import orjson

from config.settings import Settings
from marketplace.identity.codes import MadeCode
from marketplace.identity.errors import CodeNotSent
from marketplace.identity.models import masked

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5


class CodeSender(Protocol):
    """What carries a code to a phone: a call over the network, never inside a transaction."""

    def send(self, made: MadeCode) -> None:
        """Send the code; raise CodeNotSent if it was not taken."""

    def send_notice(self, phone: str, text: str) -> None:
        """Send a sentence that somebody has to know; raise CodeNotSent if it was not taken."""


class ConsoleSender:
    """Writes codes where the developer reads them; settings refuse it in production."""

    def send(self, made: MadeCode) -> None:
        """Write a line to the terminal, past the log: a person looks for it there, not a program."""
        line = f"测试验证码 {made.code}（手机 {masked(made.phone)}，5 分钟内有效）"
        sys.stderr.buffer.write(f"{line}\n".encode())
        sys.stderr.buffer.flush()

    def send_notice(self, phone: str, text: str) -> None:
        """Write the notice to the log."""
        logger.warning("notice for %s: %s", masked(phone), text)


class GatewaySender:
    """Posts codes to the operator's own message gateway, signed, without following redirects.

    Body: ``{"phone", "code", "purpose"}``, or ``{"phone", "text", "purpose": "notice"}``; header ``X-Signature``: hexadecimal HMAC-SHA-256 of the
    raw body under ``CODE_SENDER_SECRET``. Any 2xx answer means that the message was taken.
    """

    def __init__(self, url: str, secret: str) -> None:
        self.url = urlsplit(url)
        self.secret = secret

    def send(self, made: MadeCode) -> None:
        """Post the code once; the person asks for another if it does not come."""
        self._post({"phone": made.phone, "code": made.code, "purpose": made.purpose})

    def send_notice(self, phone: str, text: str) -> None:
        """Post the notice once; the job that sends it tries again."""
        self._post({"phone": phone, "text": text, "purpose": "notice"})

    def _post(self, message: dict[str, str]) -> None:
        body = orjson.dumps(message)
        signature = hmac.digest(self.secret.encode(), body, hashlib.sha256).hex()
        headers = {"Content-Type": "application/json", "X-Signature": signature}
        connection = self._connect()
        try:
            connection.request("POST", self.url.path or "/", body, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            logger.warning("code gateway unreachable: %s", type(error).__name__)
            raise CodeNotSent from error
        finally:
            connection.close()
        if not 200 <= status < 300:
            logger.warning("code gateway answered %s", status)
            raise CodeNotSent

    def _connect(self) -> http.client.HTTPConnection:
        host = self.url.hostname or ""
        if self.url.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                host, self.url.port, timeout=TIMEOUT_SECONDS, context=context
            )
        return http.client.HTTPConnection(host, self.url.port, timeout=TIMEOUT_SECONDS)


def sender_for(settings: Settings) -> CodeSender:
    """Return the sender that the settings name (they were checked at start)."""
    if settings.code_sender == "console":
        return ConsoleSender()
    return GatewaySender(settings.code_sender, settings.code_sender_secret)
