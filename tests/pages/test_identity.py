"""The pages of identity in a browser: staff sign-in, account, authenticator, step-up."""

import pyotp
import pytest
from playwright.sync_api import expect

from marketplace import clock
from marketplace.database import transaction
from marketplace.permissions import Role
from tests.factories import identity as make
from tests.pages.conftest import PHONE, Site, Visitor, Visits

pytestmark = pytest.mark.browser

SUBMIT = "main form button[type=submit]"


def make_staff(site: Site, *, has_totp: bool) -> None:
    with site.app.app_context(), transaction():
        make.make_account(login_name="approver", role=Role.OFFICE_APPROVER, has_totp=has_totp)


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).at(clock.now())


def sign_in(visitor: Visitor, back_to: str, *, shows_code: bool = False) -> None:
    page = visitor.go(f"/sign-in?by=password&next={back_to}")
    page.fill("input[name=login_name]", "approver")
    page.fill("input[name=password]", make.PASSWORD)
    page.fill("input[name=totp_code]", code_of(make.TOTP_SECRET) if shows_code else "")
    visitor.follow(SUBMIT)


class TestStaff:
    def test_bind_an_authenticator_and_show_it_before_approving(self, visit: Visits) -> None:
        visitor = visit()
        make_staff(visitor.site, has_totp=False)
        visitor.go("/sign-in?by=password")
        visitor.check()
        sign_in(visitor, "/me")
        expect(visitor.page.locator("h1")).to_have_text("我的账号")
        visitor.check()
        visitor.follow("a[href='/me/authenticator']", "动态口令")
        visitor.check()
        page = visitor.follow(SUBMIT, "动态口令")
        expect(page.locator("main svg.segno")).to_have_count(1)
        visitor.check()
        secret = page.inner_text("main .code")
        page.fill("input[name=code]", code_of(secret))
        visitor.follow(SUBMIT, "我的账号")
        expect(page.locator("main")).to_contain_text("已绑定")
        visitor.go("/step-up?next=/me")
        visitor.check()
        page.fill("input[name=code]", "000000")
        visitor.follow(SUBMIT)
        expect(page.locator("[role=alert]")).to_contain_text("动态口令不正确或已使用")
        # The browser itself reports the 422 of the page in its console.
        visitor.faults.clear()
        visitor.check()

    def test_sign_in_with_both_factors_and_out_again(self, visit: Visits) -> None:
        visitor = visit(PHONE)
        make_staff(visitor.site, has_totp=True)
        sign_in(visitor, "/me", shows_code=True)
        expect(visitor.page.locator("h1")).to_have_text("我的账号")
        page = visitor.follow("form[action='/sign-out'] button")
        assert page.url == visitor.site.url + "/"
        visitor.go("/me")
        assert "/sign-in" in page.url

    def test_are_told_what_is_missing(self, visit: Visits) -> None:
        visitor = visit(PHONE)
        make_staff(visitor.site, has_totp=True)
        sign_in(visitor, "/me")
        expect(visitor.page.locator("[role=alert]")).to_contain_text("请输入动态口令")
        visitor.faults.clear()
        visitor.check()
