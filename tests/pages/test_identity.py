"""The pages of identity in a browser: staff sign-in, account, authenticator, step-up."""

import pyotp
import pytest

from marketplace.database import transaction
from marketplace.permissions import Role
from tests.factories import identity as make
from tests.pages.conftest import DESK, PHONE, Site, Visitor, Visits

pytestmark = pytest.mark.browser

WIDTHS = pytest.mark.parametrize("width", [PHONE, DESK])
SUBMIT = "main form button[type=submit]"


def make_staff(site: Site, *, has_totp: bool) -> None:
    with site.app.app_context(), transaction():
        make.make_account(login_name="approver", role=Role.OFFICE_APPROVER, has_totp=has_totp)


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).now()


def sign_in(visitor: Visitor, back_to: str, totp_code: str = "") -> None:
    page = visitor.go(f"/sign-in?by=password&next={back_to}")
    page.fill("input[name=login_name]", "approver")
    page.fill("input[name=password]", make.PASSWORD)
    page.fill("input[name=totp_code]", totp_code)
    page.click(SUBMIT)


class TestStaff:
    @WIDTHS
    def test_bind_an_authenticator_and_show_it_before_approving(
        self, visit: Visits, width: int
    ) -> None:
        visitor = visit(width)
        make_staff(visitor.site, has_totp=False)
        visitor.go("/sign-in?by=password")
        visitor.check()
        sign_in(visitor, "/me")
        page = visitor.page
        page.wait_for_url("**/me")
        visitor.check()
        page.click("a[href='/me/authenticator']")
        visitor.check()
        page.click(SUBMIT)
        page.wait_for_selector("main svg.segno")
        visitor.check()
        secret = page.inner_text("main .code")
        page.fill("input[name=code]", code_of(secret))
        page.click(SUBMIT)
        page.wait_for_url("**/me")
        assert "已绑定" in page.inner_text("main")
        visitor.go("/step-up?next=/me")
        visitor.check()
        page.fill("input[name=code]", "000000")
        page.click(SUBMIT)
        assert "动态口令不正确或已使用" in page.inner_text("[role=alert]")
        # The browser itself reports the 422 of the page in its console.
        visitor.faults.clear()
        visitor.check()

    def test_sign_in_with_both_factors_and_out_again(self, visit: Visits) -> None:
        visitor = visit(PHONE)
        make_staff(visitor.site, has_totp=True)
        with visitor.site.app.app_context():
            code = make.totp_code()
        sign_in(visitor, "/me", code)
        page = visitor.page
        page.wait_for_url("**/me")
        page.click("form[action='/sign-out'] button")
        page.wait_for_url(visitor.site.url + "/")
        visitor.go("/me")
        assert "/sign-in" in page.url

    def test_are_told_what_is_missing(self, visit: Visits) -> None:
        visitor = visit(PHONE)
        make_staff(visitor.site, has_totp=True)
        sign_in(visitor, "/me")
        assert "请输入动态口令" in visitor.page.inner_text("[role=alert]")
        visitor.faults.clear()
        visitor.check()
