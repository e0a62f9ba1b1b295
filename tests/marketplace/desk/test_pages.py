"""The first page of those who work here: what waits, where it leads, and for whom."""

import re

import pytest
from flask.testing import FlaskClient

from marketplace.desk import waiting
from marketplace.permissions import Role
from orders.aftersales.service import apply_for_refund
from tests.factories import invoices
from tests.factories.identity import make_account, sign_in_page
from tests.factories.orders import buy, lines_of, make_market


def counts_on(page: str) -> dict[str, str]:
    """What waits, by its words: 待发货 → 2."""
    found = re.findall(r'<strong class="desk-count">([^<]+)</strong> ([^<]+)</a>', page)
    return {what: count for count, what in found}


class TestDesk:
    def test_counts_what_waits_for_a_seller(self, client: FlaskClient) -> None:
        market = make_market()
        orders = buy(market.buyer, [(market.mutton, 1)]) + buy(market.buyer, [(market.tea, 2)])
        invoices.ask(market.buyer, [orders[0]])
        apply_for_refund(
            market.buyer, orders[1].id, order_line_id=lines_of(orders[1])[0].id,
            quantity=1, reason="破损",
        )  # fmt: skip
        sign_in_page(client, market.nanjiang.manager)
        page = client.get("/desk").text
        assert counts_on(page) == {"待发货": "2", "待答复": "1", "待开具": "1"}
        for href in re.findall(r'<li><a href="([^"]+)"><strong class="desk-count', page):
            assert client.get(href).status_code == 200
        sign_in_page(client, market.xinhe.manager)
        assert counts_on(client.get("/desk").text) == {}, "another's orders"

    def test_is_for_those_with_a_workplace(self, client: FlaskClient) -> None:
        sign_in_page(client, make_market().shopper)
        assert client.get("/desk").headers["Location"] == "/me"

    @pytest.mark.parametrize(
        "role", [Role.PLATFORM_ADMIN, Role.FINANCE_OFFICER, Role.AUDITOR], ids=str
    )
    def test_opens_for_the_platforms_people(self, client: FlaskClient, role: Role) -> None:
        sign_in_page(client, make_account(role=role))
        assert client.get("/desk").status_code == 200

    def test_says_that_there_is_more_than_it_counts(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        market = make_market()
        invoices.ask(market.buyer, buy(market.buyer, [(market.mutton, 1)]))
        invoices.ask(market.buyer, buy(market.buyer, [(market.mutton, 1)]))
        monkeypatch.setattr(waiting, "MOST", 1)
        sign_in_page(client, market.nanjiang.manager)
        assert counts_on(client.get("/desk").text)["待开具"] == "1+"
