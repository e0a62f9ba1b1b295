"""E-mail: handed to a server over an encrypted connection, or written to files in development."""

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from config.settings import Settings, SettingsIncomplete
from marketplace import clock
from marketplace.mail import (
    FileSender,
    Mail,
    MailNotSent,
    MailRefused,
    SmtpSender,
    mail_sender_for,
)
from tests import mail_server
from tests.mail_server import MailServer

MAIL = Mail("buyer@example.com", "订单已发货", "您好。\n", {"List-Unsubscribe": "<https://x/y>"})


@pytest.fixture(scope="module")
def servers() -> Iterator[MailServer]:
    with mail_server.running() as server:
        yield server


def settings_for(app: Flask, server: MailServer, scheme: str = "smtp") -> Settings:
    address = f"{scheme}://127.0.0.1:{server.port}"
    settings: Settings = replace(
        app.config["SETTINGS"], mail_sender=address, mail_from="no-reply@jiedui.example"
    )
    return settings


@pytest.fixture
def sender(app: Flask, servers: MailServer) -> SmtpSender:
    servers.mails, servers.answers = [], {}
    return SmtpSender(settings_for(app, servers))


class TestSmtpSender:
    def test_hands_a_message_over(self, sender: SmtpSender, servers: MailServer) -> None:
        sender.send(MAIL)
        [(to, message)] = servers.mails
        assert to == "buyer@example.com"
        assert message["Subject"] == "订单已发货"
        assert message["From"] == "结对集市 Jiedui <no-reply@jiedui.example>"
        assert message["List-Unsubscribe"] == "<https://x/y>"
        assert message.get_content().split() == ["您好。"]

    def test_sends_html_beside_the_text_and_never_alone(
        self, sender: SmtpSender, servers: MailServer
    ) -> None:
        sender.send(replace(MAIL, html="<p>您好。</p>"))
        parts = [each.get_content_type() for each in servers.mails[0][1].walk()]
        assert parts == ["multipart/alternative", "text/plain", "text/html"]

    def test_lets_nobody_add_a_header(self, sender: SmtpSender, servers: MailServer) -> None:
        sender.send(replace(MAIL, subject="您好\r\nBcc: all@example.com"))
        assert servers.mails[0][1]["Bcc"] is None
        with pytest.raises(MailNotSent):
            sender.send(replace(MAIL, to="a@example.com\r\nBcc: all@example.com"))

    @pytest.mark.parametrize(
        ("answer", "raised"),
        [("550 no such user", MailRefused), ("452 full", MailNotSent), ("421 later", MailNotSent)],
    )
    def test_tells_for_now_from_for_good(
        self, sender: SmtpSender, servers: MailServer, answer: str, raised: type[Exception]
    ) -> None:
        servers.answers["buyer@example.com"] = answer
        with pytest.raises(raised):
            sender.send(MAIL)

    def test_takes_a_wrong_password_for_ours_to_mend(self, app: Flask, servers: MailServer) -> None:
        settings = replace(settings_for(app, servers), mail_user="jiedui", mail_password="wrong")
        with pytest.raises(MailNotSent):
            SmtpSender(settings).send(MAIL)

    def test_tries_again_where_nobody_listens(self, app: Flask, servers: MailServer) -> None:
        settings = replace(settings_for(app, servers), mail_sender="smtp://127.0.0.1:9")
        with pytest.raises(MailNotSent):
            SmtpSender(settings).send(MAIL)

    def test_signs_in_encrypted(self, app: Flask, tmp_path: Path) -> None:
        server_side, client_side = _contexts(tmp_path)
        with mail_server.running(server_side) as server:
            settings = replace(settings_for(app, server), mail_user="jiedui", mail_password="right")
            SmtpSender(settings, client_side).send(MAIL)
            assert server.signed_in == [("\0jiedui\0right", True)]
            # A server that nobody vouches for gets neither the password nor the message.
            with pytest.raises(MailNotSent):
                SmtpSender(settings).send(MAIL)
            assert len(server.mails) == len(server.signed_in) == 1

    def test_speaks_unencrypted_to_this_machine_only(
        self, app: Flask, servers: MailServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("marketplace.mail._LOOPBACK", ())
        with pytest.raises(MailNotSent):
            SmtpSender(settings_for(app, servers)).send(MAIL)


class TestMailSenderFor:
    def test_writes_files_in_development(self, app: Flask, tmp_path: Path) -> None:
        settings = replace(app.config["SETTINGS"], mail_sender="files", var_dir=tmp_path,
                           mail_from="no-reply@localhost")  # fmt: skip
        sender = mail_sender_for(settings)
        assert isinstance(sender, FileSender)
        sender.send(MAIL)
        [file] = (tmp_path / "mail").iterdir()
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert message["To"] == "buyer@example.com"

    def test_is_none_where_e_mail_is_off(self, app: Flask) -> None:
        assert mail_sender_for(replace(app.config["SETTINGS"], mail_sender="")) is None


ENVIRON = {"JIEDUI_ENV": "production", "DATABASE_URL": "postgresql://x/y",
           "SECRET_KEY": "k" * 32, "CODE_SENDER": "https://gateway.example",
           "CODE_SENDER_SECRET": "s" * 20}  # fmt: skip


class TestSettings:
    def test_send_no_e_mail_unless_told(self) -> None:
        assert Settings.from_env(ENVIRON).mail_sender == ""

    @pytest.mark.parametrize(
        ("more", "named"),
        [({"MAIL_SENDER": "files"}, "MAIL_SENDER"),
         ({"MAIL_SENDER": "http://mail.example"}, "MAIL_SENDER"),
         ({"MAIL_SENDER": "smtps://mail.example:465"}, "MAIL_FROM"),
         ({"MAIL_SENDER": "smtps://mail.example:465", "MAIL_FROM": "x\ny@z"}, "MAIL_FROM"),
         ({"MAIL_SENDER": "smtps://mail.example:465", "MAIL_FROM": "a@b", "MAIL_USER": "u"},
          "MAIL_PASSWORD")],
    )  # fmt: skip
    def test_refuse_to_start_half_set(self, more: dict[str, str], named: str) -> None:
        with pytest.raises(SettingsIncomplete, match=named):
            Settings.from_env(ENVIRON | more)


def _contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's certificate for this machine, and a client that trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(clock.now() - datetime.timedelta(days=1))
        .not_valid_after(clock.now() + datetime.timedelta(days=1)).add_extension(address, False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = folder / "test.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                          serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )  # fmt: skip
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(pem)
    return server_side, ssl.create_default_context(cafile=str(pem))
