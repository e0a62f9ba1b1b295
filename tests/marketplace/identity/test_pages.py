"""The sign-in pages: both ways in, where they lead, and what they refuse."""

import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace import clock
from marketplace.app import create_app
from marketplace.identity import accounts, attempts, carriers, sessions
from marketplace.identity.devices import device_name
from marketplace.identity.models import SessionKind
from marketplace.identity.returning import safe_target
from marketplace.permissions import Role
from tests.factories import identity as make
from tests.marketplace.identity.conftest import Outbox, audited

OLD_PHONE = (
    "Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/116.0 Mobile Safari/537.36"
)
FORM_TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')


@pytest.fixture
def browser(client: FlaskClient) -> FlaskClient:
    return make.browse(client)


def form_token(response: TestResponse) -> str:
    found = FORM_TOKEN.search(response.text)
    assert found is not None
    return found[1]


def by_password(browser: FlaskClient, **more: str) -> TestResponse:
    page = browser.get("/sign-in?by=password")
    body = {"csrf_token": form_token(page), "password": make.PASSWORD, **more}
    return browser.post("/sign-in/password", data=body)


def session_cookie(answer: TestResponse) -> str:
    headers = answer.headers.getlist("Set-Cookie")
    return next((h for h in headers if h.startswith((f"{carriers.NAME}=", "__Host-"))), "")


class TestSignInByPhone:
    def test_leads_back_to_the_page_that_asked(self, browser: FlaskClient, outbox: Outbox) -> None:
        asked = browser.get("/me")
        assert asked.status_code == 302
        assert asked.headers["Location"] == "/sign-in?next=%2Fme"
        page = browser.get(asked.headers["Location"])
        page = browser.post(
            "/sign-in/code",
            data={"csrf_token": form_token(page), "phone": "138 1234 5678", "next": "/me"},
        )
        assert page.status_code == 200
        assert "13812345678" not in page.request.url
        done = browser.post(
            "/sign-in/phone",
            data={"csrf_token": form_token(page), "phone": "13812345678",
                  "code": outbox.code, "next": "/me"},
        )  # fmt: skip
        assert done.status_code == 303
        assert done.headers["Location"] == "/me"
        assert "138****5678" in browser.get("/me").text

    @pytest.mark.parametrize("phone", ["", "123", "<script>alert(1)</script>"])
    def test_says_what_is_wrong_with_the_number(
        self, browser: FlaskClient, outbox: Outbox, phone: str
    ) -> None:
        token = form_token(browser.get("/sign-in"))
        page = browser.post("/sign-in/code", data={"csrf_token": token, "phone": phone})
        assert page.status_code == 422
        assert "error-text" in page.text
        assert "<script>alert" not in page.text
        assert outbox.sent == []

    def test_lets_one_try_again_after_a_wrong_code(
        self, browser: FlaskClient, outbox: Outbox
    ) -> None:
        token = form_token(browser.get("/sign-in"))
        phone = {"csrf_token": token, "phone": "13812345678", "next": "/me"}
        browser.post("/sign-in/code", data=phone)
        wrong = f"{(int(outbox.code) + 1) % 1_000_000:06d}"
        page = browser.post("/sign-in/phone", data={**phone, "code": wrong})
        assert page.status_code == 401
        assert "登录失败，请核对后重试" in page.text
        assert 'value="13812345678"' in page.text
        assert 'value="/me"' in page.text
        right = browser.post("/sign-in/phone", data={**phone, "code": outbox.code})
        assert right.headers["Location"] == "/me"

    def test_says_to_wait_when_codes_are_asked_for_too_often(
        self, browser: FlaskClient, outbox: Outbox
    ) -> None:
        body = {"csrf_token": form_token(browser.get("/sign-in")), "phone": "13812345678"}
        browser.post("/sign-in/code", data=body)
        page = browser.post("/sign-in/code", data=body)
        assert page.status_code == 429
        assert "验证码发送太频繁" in page.text
        assert "秒后可再获取" in page.text
        code = {**body, "csrf_token": form_token(page), "code": outbox.code}
        assert browser.post("/sign-in/phone", data=code).status_code == 303


class TestSignInByPassword:
    def test_takes_the_authenticators_code_where_there_is_one(self, browser: FlaskClient) -> None:
        make.make_account(login_name="approver", role=Role.OFFICE_APPROVER)
        asked = by_password(browser, login_name="approver")
        assert asked.status_code == 401
        assert "请输入动态口令" in asked.text
        done = by_password(browser, login_name="approver", totp_code=make.totp_code())
        assert done.status_code == 303

    def test_never_gives_the_password_back(self, browser: FlaskClient) -> None:
        page = by_password(browser, login_name="nobody", password="a secret to be kept")
        assert page.status_code == 401
        assert "a secret to be kept" not in page.text

    def test_says_to_wait_when_locked_out(self, browser: FlaskClient) -> None:
        for _ in range(attempts.FAILURES_OF_A_SUBJECT):
            by_password(browser, login_name="officer", password="not the password")
        page = by_password(browser, login_name="officer")
        assert page.status_code == 429
        assert "尝试次数过多" in page.text

    def test_begins_a_new_session_and_ends_the_one_before(self, browser: FlaskClient) -> None:
        account = make.make_account(login_name="officer")
        fixed = sessions.open_session(account, SessionKind.PAGE)
        browser.set_cookie(carriers.cookie_name(), fixed.token)
        page = browser.get("/sign-in?by=password&again=yes")
        body = {"csrf_token": form_token(page), "login_name": "officer", "password": make.PASSWORD}
        done = browser.post("/sign-in/password", data=body)
        assert done.status_code == 303
        assert fixed.token not in session_cookie(done)
        assert sessions.resolve(fixed.token, SessionKind.PAGE) is None
        assert browser.get("/me").status_code == 200

    def test_does_not_adopt_a_session_id_planted_before(self, browser: FlaskClient) -> None:
        make.make_account(login_name="officer")
        browser.set_cookie(carriers.cookie_name(), "planted")
        by_password(browser, login_name="officer")
        assert sessions.resolve("planted", SessionKind.PAGE) is None

    def test_makes_forms_of_the_visitor_before_invalid(self, browser: FlaskClient) -> None:
        make.make_account(login_name="officer")
        before = form_token(browser.get("/sign-in?by=password"))
        by_password(browser, login_name="officer")
        assert browser.post("/sign-out", data={"csrf_token": before}).status_code == 403
        assert browser.get("/me").status_code == 200

    def test_refuses_a_sign_in_forged_by_another_site(self, browser: FlaskClient) -> None:
        make.make_account(login_name="officer")
        body = {"login_name": "officer", "password": make.PASSWORD}
        assert browser.post("/sign-in/password", data=body).status_code == 403
        token = form_token(browser.get("/sign-in"))
        headers = {"Sec-Fetch-Site": "cross-site"}
        forged = browser.post(
            "/sign-in/password", data=body | {"csrf_token": token}, headers=headers
        )
        assert forged.status_code == 403
        assert audited("session.open") == []


class TestLanguage:
    def test_can_be_switched_on_a_form_that_was_refused(self, browser: FlaskClient) -> None:
        refused = by_password(browser, login_name="nobody")
        assert refused.request.path == "/sign-in/password"
        assert 'href="/sign-in?lang=en"' in refused.text

    def test_of_the_account_is_that_of_its_first_sign_in(
        self, app: Flask, browser: FlaskClient, outbox: Outbox
    ) -> None:
        token = form_token(browser.get("/sign-in?lang=en"))
        body = {"csrf_token": token, "phone": "13812345678"}
        browser.post("/sign-in/code", data=body)
        browser.post("/sign-in/phone", data={**body, "code": outbox.code})
        account = accounts.ensure_phone_account("13812345678")
        assert account.language == "en"

    def test_comes_along_to_another_browser_that_has_chosen_none(
        self, browser: FlaskClient
    ) -> None:
        account = make.make_account(login_name="officer")
        account.language = "en"
        by_password(browser, login_name="officer")
        assert '<html lang="en">' in browser.get("/me").text

    def test_chosen_in_this_browser_stays(self, browser: FlaskClient) -> None:
        account = make.make_account(login_name="officer")
        account.language = "en"
        browser.get("/sign-in?lang=zh")
        by_password(browser, login_name="officer")
        assert '<html lang="zh-CN">' in browser.get("/me").text


class TestSessionCookie:
    def test_is_kept_from_scripts_and_other_sites(self, browser: FlaskClient) -> None:
        make.make_account(login_name="officer")
        cookie = session_cookie(by_password(browser, login_name="officer"))
        assert cookie.startswith("signed_in=")
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie

    def test_is_bound_to_the_host_over_https(self, app: Flask) -> None:
        import dataclasses

        plain = app.config["SETTINGS"]
        settings = dataclasses.replace(plain, public_url="https://jiedui.example")
        app.config["SETTINGS"] = settings
        try:
            client = make.browse(app.test_client())
            make.make_account(login_name="officer")
            cookie = session_cookie(by_password(client, login_name="officer"))
        finally:
            app.config["SETTINGS"] = plain
        assert cookie.startswith("__Host-signed_in=")
        assert "Secure" in cookie.split("; ")

    def test_is_taken_away_by_sign_out(self, browser: FlaskClient) -> None:
        account = make.make_account()
        token = make.sign_in_page(browser, account)
        cookie = browser.get_cookie(carriers.cookie_name())
        assert cookie is not None
        done = browser.post("/sign-out", data={"csrf_token": token})
        assert "Max-Age=0" in session_cookie(done)
        assert sessions.resolve(cookie.value, SessionKind.PAGE) is None
        assert browser.get("/me").status_code == 302

    def test_pages_of_a_person_are_stored_nowhere(self, browser: FlaskClient) -> None:
        make.sign_in_page(browser, make.make_account())
        assert browser.get("/me").headers["Cache-Control"] == "no-store"


class TestSignOut:
    def test_by_a_link_changes_nothing(self, browser: FlaskClient) -> None:
        make.sign_in_page(browser, make.make_account())
        assert browser.get("/sign-out").location == "/"
        assert browser.get("/me").status_code == 200

    def test_twice_is_no_error(self, browser: FlaskClient) -> None:
        token = form_token(browser.get("/sign-in"))
        assert browser.post("/sign-out", data={"csrf_token": token}).status_code == 303


class TestSafeTarget:
    @pytest.mark.parametrize(
        "wanted",
        ["/", "/me", "/orders/1?tab=paid", "/products?q=%E8%8C%B6", "/a//b", "/x?u=http://y"],
    )
    def test_is_a_path_of_this_site(self, wanted: str) -> None:
        assert safe_target(wanted) == wanted

    @pytest.mark.parametrize(
        "wanted",
        [None, "", "me", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
         "/\t/evil.example", "/\n/evil.example", "\n//evil.example", " //evil.example",
         "https://evil.example/", "HTTPS://evil.example", "javascript:alert(1)", "data:text/html,x",
         "/\x00", "/sign-in?next=/sign-in", "/sign-out", "/api/v1/me", "/" + "x" * 1000,
         "https:/evil.example", "/%0a\r\nSet-Cookie: x=y", "http:evil.example", "@evil.example"],
    )  # fmt: skip
    def test_is_never_another_site(self, wanted: str | None) -> None:
        assert safe_target(wanted) == "/"

    @pytest.mark.parametrize(
        "wanted", ["//evil.example", "https://evil.example", "/\\evil.example"]
    )
    def test_holds_for_every_form(self, browser: FlaskClient, outbox: Outbox, wanted: str) -> None:
        make.make_account(login_name="officer")
        page = browser.get("/sign-in", query_string={"next": wanted}).text
        assert 'name="next" value="/"' in page
        done = by_password(browser, login_name="officer", next=wanted)
        assert done.headers["Location"] == "/desk"
        signed_in = browser.get("/sign-in", query_string={"next": wanted})
        assert signed_in.headers["Location"] == "/"


class TestStepUp:
    def test_leads_back_to_what_needed_it(self, browser: FlaskClient) -> None:
        account = make.make_account(role=Role.OFFICE_APPROVER)
        token = make.sign_in_page(browser, account, stepped_up=False)
        body = {"csrf_token": token, "code": make.totp_code(), "next": "/me"}
        assert "确认身份" in browser.get("/step-up?next=/me").text
        done = browser.post("/step-up", data=body)
        assert (done.status_code, done.headers["Location"]) == (303, "/me")
        again = browser.post("/step-up", data=body)
        assert again.status_code == 422
        assert "动态口令不正确或已使用" in again.text

    def test_leads_to_binding_where_there_is_no_authenticator(self, browser: FlaskClient) -> None:
        make.sign_in_page(browser, make.make_account())
        assert browser.get("/step-up").headers["Location"] == "/me/authenticator"


class TestAuthenticator:
    def test_is_bound_by_its_own_code(self, browser: FlaskClient) -> None:
        token = make.sign_in_page(browser, make.make_account(login_name="officer"))
        page = browser.post("/me/authenticator", data={"csrf_token": token})
        found = re.search(r"secret=([A-Z2-7]+)", page.text)
        assert found is not None
        assert '<svg width="' in page.text
        step = int(clock.now().timestamp()) // 30
        code = pyotp.TOTP(found[1]).generate_otp(step)
        refused = browser.post(
            "/me/authenticator/confirm", data={"csrf_token": token, "code": "12x"}
        )
        assert refused.status_code == 422
        done = browser.post("/me/authenticator/confirm", data={"csrf_token": token, "code": code})
        assert (done.status_code, done.headers["Location"]) == (303, "/me")
        page = browser.get("/me")
        assert "动态口令已绑定" in page.text
        assert "已绑定" in page.text

    def test_asks_for_a_new_sign_in_when_the_old_one_is_stale(self, browser: FlaskClient) -> None:
        token = make.sign_in_page(browser, make.make_account())
        with clock.travel(clock.now() + timedelta(minutes=11)):
            sent = browser.post(
                "/me/authenticator", data={"csrf_token": token},
                headers={"Referer": "http://localhost/me/authenticator"},
            )  # fmt: skip
            assert sent.headers["Location"] == "/sign-in?again=yes&next=%2Fme%2Fauthenticator"
            assert browser.get(sent.headers["Location"]).status_code == 200


class TestMe:
    def test_ends_another_device(self, browser: FlaskClient) -> None:
        account = make.make_account()
        other = sessions.open_session(account, SessionKind.PAGE, user_agent=OLD_PHONE)
        token = make.sign_in_page(browser, account)
        assert "谷歌浏览器，安卓手机" in browser.get("/me").text
        address = f"/me/sessions/{other.session.id}/end"
        assert browser.post(address, data={"csrf_token": token}).status_code == 303
        assert sessions.resolve(other.token, SessionKind.PAGE) is None
        assert "谷歌浏览器，安卓手机" not in browser.get("/me").text

    @pytest.mark.parametrize(
        ("user_agent", "name"),
        [(OLD_PHONE + " MicroMessenger/8.0", "微信，安卓手机"),
         ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Version/17.0 Safari/604.1", "苹果浏览器，苹果手机"),
         ("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0", "微软浏览器，电脑"),
         ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Firefox/120.0", "火狐浏览器，电脑"),
         ("curl/8.5.0", "程序或未知设备"), ("", "程序或未知设备")],
    )  # fmt: skip
    def test_calls_a_device_by_a_name_that_its_owner_knows(
        self, user_agent: str, name: str
    ) -> None:
        assert device_name(user_agent).zh == name

    def test_escapes_what_a_browser_calls_itself(self, browser: FlaskClient) -> None:
        account = make.make_account()
        sessions.open_session(account, SessionKind.PAGE, user_agent="<script>alert(1)</script>")
        make.sign_in_page(browser, account)
        assert "<script>alert" not in browser.get("/me").text

    @pytest.mark.parametrize("path", ["/sign-in", "/sign-in?by=password", "/me",
                                      "/me/authenticator", "/step-up"])  # fmt: skip
    def test_says_no_english_word_in_chinese_and_no_chinese_one_in_english(
        self, browser: FlaskClient, path: str
    ) -> None:
        if not path.startswith("/sign-in"):
            account = make.make_account(role=Role.OFFICE_APPROVER)
            make.sign_in_page(browser, account, stepped_up=False)
        switch = r"<span data-other-language>.*?</span>"
        page = browser.get(path).text
        main = re.sub(r"<[^>]+>", " ", page[page.index("<main") : page.index("</main>")])
        assert re.findall("[A-Za-z]{3,}", main) == []
        join = "&" if "?" in path else "?"
        english = re.sub(switch, "", browser.get(f"{path}{join}lang=en").text)
        assert re.findall("[\u4e00-\u9fff]+", re.sub(r"<script.*?</script>", "", english)) == []


class TestAppFactory:
    def test_registers_who_resolves_a_request(self, app: Flask) -> None:
        another = create_app(app.config["SETTINGS"])
        assert another.test_client().get("/api/v1/me").status_code == 401
