"""Senders of one-time codes and short notices: the console in development, a gateway or a provider
of short messages elsewhere.
"""

import hashlib
import hmac
import logging
import sys
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

import orjson

from config.settings import ALIYUN, Settings
from marketplace import calling
from marketplace.identity.codes import MadeCode
from marketplace.identity.errors import CodeNotSent
from marketplace.identity.models import masked

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5
NO_PARAMETERS: Mapping[str, str] = {}


class NoticeRefused(Exception):
    """A message that will not be taken, however often it is tried; says why in the provider's words."""


class CodeSender(Protocol):
    """What carries words to a phone: a call over the network, never inside a transaction."""

    def send(self, made: MadeCode) -> None:
        """Send the code; raise CodeNotSent if it was not taken."""

    def send_notice(
        self, phone: str, text: str, template: str = "", values: Mapping[str, str] = NO_PARAMETERS
    ) -> None:
        """Send a sentence that somebody has to know; raise CodeNotSent if it was not taken, or
        NoticeRefused if it never will be.

        ``template`` and ``values`` say the same to a provider that takes approved templates only.
        """


class ConsoleSender:
    """Writes codes where the developer reads them; settings refuse it in production."""

    def send(self, made: MadeCode) -> None:
        """Write a line to the terminal, past the log: a person looks for it there, not a program."""
        line = f"测试验证码 {made.code}（手机 {masked(made.phone)}，5 分钟内有效）"
        sys.stderr.buffer.write(f"{line}\n".encode())
        sys.stderr.buffer.flush()

    def send_notice(
        self, phone: str, text: str, template: str = "", values: Mapping[str, str] = NO_PARAMETERS
    ) -> None:
        """Write the notice to the log."""
        logger.warning("notice for %s: %s", masked(phone), text)


class GatewaySender:
    """Posts codes to the operator's own message gateway, signed, without following redirects.

    Body: ``{"phone", "code", "purpose"}``, or ``{"phone", "text", "purpose": "notice"}``; header
    ``X-Signature``: hexadecimal HMAC-SHA-256 of the raw body under ``CODE_SENDER_SECRET``. Any 2xx
    answer means that the message was taken.
    """

    def __init__(self, url: str, secret: str) -> None:
        self.url = url
        self.secret = secret

    def send(self, made: MadeCode) -> None:
        """Post the code once; the person asks for another if it does not come."""
        self._post({"phone": made.phone, "code": made.code, "purpose": made.purpose})

    def send_notice(
        self, phone: str, text: str, template: str = "", values: Mapping[str, str] = NO_PARAMETERS
    ) -> None:
        """Post the notice once; the job that sends it tries again."""
        self._post({"phone": phone, "text": text, "purpose": "notice"})

    def _post(self, message: dict[str, str]) -> None:
        body = orjson.dumps(message)
        signature = hmac.digest(self.secret.encode(), body, hashlib.sha256).hex()
        headers = {"Content-Type": "application/json", "X-Signature": signature}
        path = urlsplit(self.url).path or "/"
        try:
            answer = calling.call(self.url, "POST", path, body, headers, timeout=TIMEOUT_SECONDS)
        except calling.Unreachable as error:
            logger.warning("code gateway unreachable: %s", error)
            raise CodeNotSent from error
        if not 200 <= answer.status < 300:
            logger.warning("code gateway answered %s", answer.status)
            raise CodeNotSent


def sender_for(settings: Settings) -> CodeSender:
    """Return the sender that the settings name (they were checked at start)."""
    if settings.code_sender == "console":
        return ConsoleSender()
    if settings.code_sender == ALIYUN:
        from marketplace.identity.aliyun import AliyunSender

        return AliyunSender(settings)
    return GatewaySender(settings.code_sender, settings.code_sender_secret)
