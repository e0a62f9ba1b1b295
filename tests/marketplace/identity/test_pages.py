"""The sign-in pages: both ways in, where they lead, and what they refuse."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.identity import senders
from marketplace.identity.codes import MadeCode
from tests.factories import identity as make

FORM_TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')


class Outbox:
    """A sender that keeps what it was given."""

    def __init__(self) -> None:
        self.sent: list[MadeCode] = []

    def send(self, made: MadeCode) -> None:
        self.sent.append(made)


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outbox]:
    box = Outbox()
    monkeypatch.setattr(senders.ConsoleSender, "send", lambda self, made: box.send(made))
    return box


@pytest.fixture
def browser(client: FlaskClient) -> FlaskClient:
    return make.browse(client)


def form_token(response: TestResponse) -> str:
    found = FORM_TOKEN.search(response.text)
    assert found is not None
    return found[1]


class TestSignInByPhone:
    def test_leads_back_to_the_page_that_asked(self, browser: FlaskClient, outbox: Outbox) -> None:
        asked = browser.get("/me")
        assert asked.status_code == 302
        assert asked.headers["Location"] == "/sign-in?next=%2Fme"
        page = browser.get(asked.headers["Location"])
        token = form_token(page)
        page = browser.post(
            "/sign-in/code", data={"csrf_token": token, "phone": "138 1234 5678", "next": "/me"}
        )
        assert page.status_code == 200
        assert "13812345678" not in page.request.url
        done = browser.post(
            "/sign-in/phone",
            data={"csrf_token": form_token(page), "phone": "13812345678",
                  "code": outbox.sent[0].code, "next": "/me"},
        )  # fmt: skip
        assert done.status_code == 303
        assert done.headers["Location"] == "/me"
        assert "138****5678" in browser.get("/me").text
