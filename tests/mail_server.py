"""A mail server that speaks as much of SMTP as a sender needs, encrypted where it has a certificate."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailServer(socketserver.ThreadingTCPServer):
    """What was taken, and what to answer to an address instead of taking mail for it."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.context = context
        self.mails: list[tuple[str, EmailMessage]] = []
        self.answers: dict[str, str] = {}
        self.signed_in: list[tuple[str, bool]] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        is_encrypted, to = False, ""
        self.say("220 test")
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ")[0].upper()
            if verb == "EHLO":
                offered = ["STARTTLS"] if self.server.context and not is_encrypted else []
                for name in ["test", "AUTH PLAIN", *offered]:
                    self.say(f"250-{name}")
                self.say("250 8BITMIME")
            elif verb == "STARTTLS" and self.server.context:
                self.say("220 go")
                self.request = self.server.context.wrap_socket(
                    self.request, server_side=True, do_handshake_on_connect=False
                )
                try:
                    self.request.do_handshake()
                except OSError:
                    return  # the other side does not trust us
                self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)
                is_encrypted = True
            elif verb == "AUTH":
                said = base64.b64decode(line.split(" ")[2]).decode()
                self.server.signed_in.append((said, is_encrypted))
                self.say("235 ok" if said.endswith("right") else "535 no")
            elif verb == "RCPT":
                to = line.partition("<")[2].rstrip(">")
                self.say(self.server.answers.get(to, "250 ok"))
            elif verb == "DATA":
                self.say("354 go on")
                self.server.mails.append((to, self.read_mail()))
                self.say("250 taken")
            else:
                self.say("221 bye" if verb == "QUIT" else "250 ok")

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def read_mail(self) -> EmailMessage:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message


@contextmanager
def running(context: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    """Run the server on a port of its own."""
    server = MailServer(context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
