"""The layout around every page: language, workplaces by role, failure pages that need no database."""

import base64
import re

import orjson
import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from marketplace import layout
from marketplace.identity import sessions
from marketplace.identity.actor import ANONYMOUS, Actor, Grant, ScopeKind
from marketplace.identity.models import SessionKind
from marketplace.ids import new_id
from marketplace.permissions import Role
from tests.factories import identity as make

HTML = {"Accept": "text/html"}


class TestFailurePages:
    def test_an_unknown_address_is_a_page_for_people(self, client: FlaskClient) -> None:
        page = client.get("/nowhere", headers=HTML)
        assert page.status_code == 404
        assert "没有找到您要的内容" in page.text
        assert "回首页" in page.text

    def test_a_form_of_an_ended_session_leads_back_to_its_page(self, client: FlaskClient) -> None:
        page = client.post("/cart/lines", data={"sku_id": "x"}, headers=HTML)
        assert page.status_code == 403
        assert "登录可能已过期" in page.text
        assert 'href="/cart">重新打开页面' in page.text
        assert "联系单位管理员" not in page.text

    def test_english_is_chosen_by_the_switch(self, client: FlaskClient) -> None:
        page = client.get("/nowhere?lang=en", headers=HTML)
        assert "What you asked for was not found" in page.text
        chinese = re.sub(r"<span data-other-language>.*?</span>", "", page.text)
        assert re.findall("[\u4e00-\u9fff]+", chinese) == []

    def test_chinese_says_no_english_word(self, client: FlaskClient) -> None:
        page = client.get("/nowhere", headers=HTML).text
        body = page[page.index("<body>") :]
        body = re.sub(r"<span data-other-language>.*?</span>|<[^>]+>", " ", body)
        body = re.sub(r"编号\s+[0-9a-f-]+", "", body)
        assert re.findall("[A-Za-z]{2,}", body) == []

    def test_a_lost_database_is_a_page_that_asks_the_database_nothing(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from marketplace import problems
        from marketplace.errors import Unavailable

        def unreachable() -> Actor:
            raise AssertionError("the failure page asked who is reading")

        monkeypatch.setattr(layout, "current_actor", unreachable)
        with app.test_request_context("/products", headers=HTML):
            page = problems.render(Unavailable())
        assert page.status_code == 503
        assert "不会重复扣款" in page.get_data(as_text=True)


class TestListWorkplaces:
    def test_a_membership_opens_what_its_role_may_do(self, app: Flask) -> None:
        from marketplace.language import Text
        from marketplace.permissions import Permission

        layout.add_workplace(90, Text("发货", "Ship"), "/x/ship", "truck", Permission.ORDER_SHIP)
        layout.add_workplace(91, Text("审定", "Set"), "/x/set", "flag", Permission.QUOTA_SET)
        grant = Grant(Role.COOPERATIVE_STAFF, ScopeKind.COOPERATIVE, new_id())
        with app.test_request_context("/"):
            g.actor = Actor(id=new_id(), grants=(grant,))
            shown = [place.href for place in layout.list_workplaces()]
        assert "/x/ship" in shown
        assert "/x/set" not in shown

    def test_a_shopper_without_membership_sees_none(self, app: Flask) -> None:
        with app.test_request_context("/"):
            g.actor = Actor(id=new_id())
            assert layout.list_workplaces() == []

    def test_nobody_sees_none(self, app: Flask) -> None:
        with app.test_request_context("/"):
            g.actor = ANONYMOUS
            assert layout.list_workplaces() == []


class TestTell:
    def test_is_shown_once_on_the_next_page(self, client: FlaskClient) -> None:
        account = make.make_account()
        token = make.sign_in_page(client, account)
        second = sessions.open_session(account, SessionKind.TOKEN).session.id
        client.post(f"/me/sessions/{second}/end", data={"csrf_token": token})
        assert "已退出该设备" in client.get("/me").text
        assert "已退出该设备" not in client.get("/me").text

    def test_is_not_believed_when_forged(self, client: FlaskClient) -> None:
        make.sign_in_page(client, make.make_account())
        payload = base64.urlsafe_b64encode(orjson.dumps([["转账到这里", "good"]])).decode()
        client.set_cookie(layout.NOTICES_COOKIE, f"{payload}.{'0' * 64}")
        assert "转账到这里" not in client.get("/me").text
