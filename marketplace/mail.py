"""E-mail: over an encrypted connection to a server, or into files in development.

A call over the network, never inside a transaction.
"""

import logging
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Protocol
from urllib.parse import urlsplit

from config.settings import MAIL_TO_FILES, Settings
from marketplace import clock
from marketplace.ids import new_id

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10
SENDER_NAME = "结对集市 Jiedui"
_LOOPBACK = ("127.0.0.1", "localhost")


class MailNotSent(Exception):
    """The server is out of reach or busy; try again later."""


class MailRefused(Exception):
    """The server will not take this message, or not for this address."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one address."""

    to: str = field(repr=False)
    subject: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    # The same words for programs that show HTML; the text always goes along.
    html: str = field(default="", repr=False)


class MailSender(Protocol):
    """What carries e-mail."""

    def send(self, mail: Mail) -> None:
        """Hand a message over; raises MailNotSent, MailRefused."""


def _message(settings: Settings, mail: Mail) -> EmailMessage:
    # The library refuses line breaks in headers, so nothing that people typed can add one.
    message = EmailMessage()
    message["From"] = formataddr((SENDER_NAME, settings.mail_from))
    message["To"] = mail.to
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{new_id()}@{settings.mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    for name, value in mail.headers.items():
        message[name] = value
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


class FileSender:
    """Writes each message to a file (``mail/`` beside the other files), where a developer reads it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, mail: Mail) -> None:
        """Write the message; nothing leaves this machine."""
        folder = self._settings.var_dir / "mail"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{new_id()}.eml").write_bytes(bytes(_message(self._settings, mail)))


class SmtpSender:
    """Hands messages to a server: ``smtps`` is encrypted from the start, ``smtp`` by STARTTLS.

    Without encryption only a server on this very machine is spoken to.
    """

    def __init__(self, settings: Settings, context: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._context = context or ssl.create_default_context()

    def send(self, mail: Mail) -> None:
        """Hand the message over once."""
        try:
            with self._connect() as server:
                if self._settings.mail_user:
                    server.login(self._settings.mail_user, self._settings.mail_password)
                server.send_message(_message(self._settings, mail))
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            self._fail(codes[0] if codes else 0, refused)
        except smtplib.SMTPResponseException as refused:
            self._fail(refused.smtp_code, refused)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            logger.warning("mail server: %s", type(error).__name__)
            raise MailNotSent from error

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self._settings.mail_sender)
        host, port = parts.hostname or "", parts.port or 0
        if parts.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=self._context)
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        try:
            server.ehlo()
            if host not in _LOOPBACK or server.has_extn("starttls"):
                # Raises where the server offers no encryption.
                server.starttls(context=self._context)
        except BaseException:
            server.close()
            raise
        return server

    def _fail(self, code: int, error: Exception) -> None:
        # 4xx is for now, and so is what is wrong with our sign-in (53x): an operator mends that.
        logger.warning("mail server answered %s", code)
        if code >= 500 and not 530 <= code <= 538:
            raise MailRefused(str(code)) from error
        raise MailNotSent from error


def mail_sender_for(settings: Settings) -> MailSender | None:
    """Return the sender that the settings name; None where e-mail is off."""
    if not settings.mail_sender:
        return None
    return FileSender(settings) if settings.mail_sender == MAIL_TO_FILES else SmtpSender(settings)
