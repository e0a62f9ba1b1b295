"""What was typed outlives the second factor; who was signed out is told why, at the right door."""

import html
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.identity import kept
from marketplace.identity.sessions import SHOPPER_LIFETIME, STAFF_LIFETIME
from marketplace.permissions import Role
from tests.factories import identity as make

# Any form that asks for a second factor: the check comes before the form's own view.
FORM = "/desk/fees"
WORDS = "第一行\n第二行 <b>“引号”</b> & 其他"


@pytest.fixture
def token(client: FlaskClient) -> str:
    admin = make.make_account(login_name="boss", role=Role.PLATFORM_ADMIN)
    return make.sign_in_page(client, admin, stepped_up=False)


def asked(client: FlaskClient, token: str, **more: Any) -> str:
    """Send the form without a fresh second factor; return the page that asks for it."""
    data = {"csrf_token": token, "note": WORDS, "day": ["1", "2"], **more}
    answer = client.post(FORM, data=data)
    assert answer.status_code == 403
    assert "不用重填" in answer.text
    return answer.text


def sealed(page: str) -> str:
    [found] = re.findall(r'name="kept" value="([^"]+)"', page)
    return str(found)


def prove(client: FlaskClient, token: str, form: str, code: str | None = None) -> Any:
    data = {"csrf_token": token, "code": code or make.totp_code(), "kept": form, "next": "/desk"}
    return client.post("/step-up", data=data)


class TestForm:
    def test_goes_on_after_the_code_with_all_that_was_typed(
        self, client: FlaskClient, token: str
    ) -> None:
        page = asked(client, token)
        wrong = prove(client, token, sealed(page), "000000")
        assert wrong.status_code == 422
        page = prove(client, token, sealed(wrong.text)).text
        assert f'action="{FORM}"' in page
        assert "data-submit-at-once" in page
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
        assert [(name, html.unescape(value)) for name, value in fields] == [
            ("csrf_token", token), ("note", WORDS), ("day", "1"), ("day", "2"),
        ]  # fmt: skip
        # The form's own address judges it as ever: it lacks a rate.
        assert client.post(FORM, data=dict(fields)).status_code == 422

    def test_asks_for_its_files_again(self, client: FlaskClient, token: str) -> None:
        page = asked(client, token, proof=(io.BytesIO(b"x"), "凭证.pdf"))
        page = prove(client, token, sealed(page)).text
        assert "data-submit-at-once" not in page
        assert 'type="file"' in page
        assert "凭证.pdf" in page

    def test_is_kept_for_its_own_session_and_ten_minutes(
        self, client: FlaskClient, token: str
    ) -> None:
        form = sealed(asked(client, token))
        other = make.sign_in_page(client, make.make_account(role=Role.PLATFORM_ADMIN))
        assert prove(client, other, form).headers["Location"] == "/desk"
        assert prove(client, other, "nonsense", make.totp_code(1)).status_code == 303

    def test_ends_with_the_proof(self, client: FlaskClient, token: str, travel: Any) -> None:
        form = sealed(asked(client, token))
        travel(clock.now() + timedelta(minutes=11))
        assert prove(client, token, form).headers["Location"] == "/desk"

    def test_that_is_very_long_is_not_carried(self, client: FlaskClient, token: str) -> None:
        data = {"csrf_token": token, "note": "字" * kept.LONGEST}
        assert client.post(FORM, data=data).headers["Location"].startswith("/step-up")


class TestSignedOut:
    def test_staff_are_told_why_at_their_own_door(self, client: FlaskClient, travel: Any) -> None:
        make.make_account(login_name="boss", role=Role.PLATFORM_ADMIN)
        make.browse(client)
        page = client.get("/sign-in?by=password").text
        form = {"login_name": "boss", "password": make.PASSWORD, "totp_code": make.totp_code()}
        [first] = set(re.findall(r'name="csrf_token" value="([0-9a-f]+)"', page))
        assert (
            client.post("/sign-in/password", data={"csrf_token": first, **form}).location == "/desk"
        )
        page = client.get("/me").text
        [token] = set(re.findall(r'name="csrf_token" value="([0-9a-f]+)"', page))
        travel(clock.now() + STAFF_LIFETIME.idle + timedelta(minutes=1))
        asked = client.get("/desk")
        assert asked.location == "/sign-in?next=%2Fdesk"
        page = client.get(asked.location).text
        assert "长时间没有操作" in page
        assert 'name="login_name"' in page
        assert 'name="login_name"' not in client.get("/sign-in?by=phone").text
        late = client.post(
            FORM, data={"csrf_token": token}, headers={"Referer": f"http://localhost{FORM}"}
        )
        assert late.location == "/sign-in?next=%2Fdesk%2Ffees"
        assert "刚才的提交没有生效" in client.get(late.location).text

    def test_a_visitor_is_told_nothing(self, client: FlaskClient) -> None:
        make.browse(client)
        page = client.get(client.get("/me").location).text
        assert "退出" not in page
        assert 'name="phone"' in page

    def test_an_ended_session_says_so(self, client: FlaskClient) -> None:
        account = make.make_account()
        make.sign_in_page(client, account)
        make.sessions.revoke_sessions_of(account.id)
        assert "已被结束" in client.get(client.get("/me").location).text

    def test_an_old_session_says_so(self, client: FlaskClient, travel: Any) -> None:
        make.sign_in_page(client, make.make_account())
        travel(clock.now() + SHOPPER_LIFETIME.absolute + timedelta(minutes=1))
        assert "最长时限" in client.get(client.get("/me").location).text
