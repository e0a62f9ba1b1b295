"""One try: to the checked address, under the name's certificate, within its time, no further."""

import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from marketplace.endpoints import addresses, posting, signing
from tests.marketplace.endpoints.conftest import Answer, Storefront

NAME = "hooks.example.test"


class TestSign:
    def test_is_that_of_the_convention(self) -> None:
        # The published example of Standard Webhooks.
        assert (
            signing.sign(
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1614265330,
                b'{"test": 2432232314}',
            )
            == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        )


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is known, and means this machine."""
    monkeypatch.setattr(addresses, "resolve", lambda host, port: ["127.0.0.1"])


def certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    return file


class TestPost:
    def test_calls_the_checked_address_by_the_hosts_name(
        self, storefront: Storefront, here: None
    ) -> None:
        url = f"http://{NAME}:{storefront.port}/hooks?a=1"
        outcome = posting.post(url, b"{}", {"webhook-id": "1"}, loopback=True)
        assert (outcome.status, outcome.answer) == (200, "ok")
        [request] = storefront.received
        assert request.path == "/hooks?a=1"
        assert request.headers["host"] == f"{NAME}:{storefront.port}"
        assert request.headers["webhook-id"] == "1"

    def test_asks_for_the_names_certificate_and_believes_no_other(
        self, storefront: Storefront, here: None, tmp_path: Path
    ) -> None:
        file = certificate(tmp_path)
        asked: list[str | None] = []
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(file)
        server.sni_callback = lambda _, name, __: asked.append(name)
        storefront.server.socket = server.wrap_socket(storefront.server.socket, server_side=True)
        trust = ssl.create_default_context(cafile=str(file))

        def post(name: str, context: ssl.SSLContext | None) -> posting.Outcome:
            url = f"https://{name}:{storefront.port}/"
            return posting.post(url, b"{}", {}, loopback=True, context=context)

        assert post(NAME, trust).status == 200
        assert post("other.example.test", trust).failure == "SSLCertVerificationError"
        assert post(NAME, None).failure == "SSLCertVerificationError"
        assert asked == [NAME, "other.example.test", NAME]
        assert len(storefront.received) == 1

    def test_follows_no_redirect(self, storefront: Storefront) -> None:
        storefront.say(Answer(302, {"Location": storefront.url("/elsewhere")}))
        outcome = posting.post(storefront.url(), b"{}", {}, loopback=True)
        assert (outcome.status, outcome.is_taken) == (302, False)
        assert [request.path for request in storefront.received] == ["/hooks"]

    def test_gives_up_on_who_answers_too_slowly(
        self, storefront: Storefront, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(posting, "ALL_SECONDS", 0.1)
        is_over = threading.Event()
        storefront.say(Answer(before=lambda: is_over.wait(10)))
        outcome = posting.post(storefront.url(), b"{}", {}, loopback=True)
        is_over.set()
        assert outcome.status is None
        assert outcome.asks_for_rest

    def test_reads_the_beginning_of_an_answer_and_how_long_to_wait(
        self, storefront: Storefront
    ) -> None:
        in_an_hour = datetime.now(UTC) + timedelta(hours=1)
        storefront.say(
            Answer(503, {"Retry-After": "120"}, b"\x00\xff" + b"x" * 5000),
            Answer(429, {"Retry-After": f"{in_an_hour:%a, %d %b %Y %H:%M:%S} GMT"}),
            Answer(429, {"Retry-After": "soon"}),
        )
        outcomes = [posting.post(storefront.url(), b"{}", {}, loopback=True) for _ in range(3)]
        assert outcomes[0].answer.startswith("��xxx")
        assert len(outcomes[0].answer) == posting.LONGEST_ANSWER
        waits = [outcome.retry_after_seconds for outcome in outcomes]
        assert waits[0] == 120
        assert 3500 < (waits[1] or 0) <= 3600
        assert waits[2] is None

    def test_this_machine_is_refused_unless_it_is_allowed(self, storefront: Storefront) -> None:
        outcome = posting.post(storefront.url(), b"{}", {})
        assert (outcome.status, outcome.failure) == (None, "AddressRefused")
        assert storefront.received == []
