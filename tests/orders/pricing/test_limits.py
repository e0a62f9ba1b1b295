"""Limits per buyer: split lines, several orders, several accounts and parallel requests do not evade."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from marketplace.permissions import Role
from orders.aftersales.service import give_refund
from orders.checkout.errors import QuoteChanged
from orders.checkout.quoting import Quote, QuoteRequest, make_quote
from orders.checkout.service import place_trade
from orders.trades.models import OrderLine
from orders.trades.service import close_trade
from orders.trades.states import CANCEL_TRADE
from products.catalogue.models import Product
from products.offers.models import Period
from tests.conftest import Committed
from tests.factories.identity import actor_of, make_account
from tests.factories.offers import limit
from tests.factories.orders import (
    LIANDU,
    RECIPIENT,
    Market,
    buy,
    lines_of,
    make_market,
    place,
    request_for,
)
from tests.factories.partners import make_buying_unit
from tests.factories.products import make_sku
from tests.orders.invariants import broken


@pytest.fixture
def market() -> Market:
    return make_market()


def quoted(buyer: Actor, market: Market, quantity: int, **choice: object) -> Quote:
    return make_quote(buyer, request_for([(market.mutton, quantity)], LIANDU, **choice))


def reasons(quote: Quote) -> list[str]:
    return [out.reason.zh for out in quote.unavailable]


class TestPerOrder:
    def test_sums_split_lines(self, market: Market) -> None:
        limit(market.nanjiang, market.mutton, per_order=3)
        split = request_for([(market.mutton, 2), (market.mutton, 2)])
        assert reasons(make_quote(market.buyer, split)) == ["每单限购 3 件"]
        assert reasons(quoted(market.buyer, market, 3)) == []

    def test_sums_the_specs_of_a_product(self, market: Market) -> None:
        limit(market.nanjiang, market.mutton, per_order=3)
        product = db.session.get_one(Product, market.mutton.product_id)
        other = make_sku(product, spec="1 千克", price_fen=9900)
        both = request_for([(market.mutton, 2), (other, 2)])
        assert reasons(make_quote(market.buyer, both)) == ["每单限购 3 件"] * 2
        limit(market.nanjiang, market.mutton, per_order=2, sku_id=other.id)
        assert reasons(make_quote(market.buyer, both)) == []


class TestPerPeriod:
    def test_sums_orders_and_says_what_is_left(self, market: Market) -> None:
        limit(market.nanjiang, market.mutton, per_period=5, period=Period.MONTH)
        place(market.buyer, [(market.mutton, 3)])
        assert reasons(quoted(market.buyer, market, 2)) == []
        assert reasons(quoted(market.buyer, market, 3)) == [
            "每人每月限购 5 件，您已订 3 件，还能订 2 件"
        ]

    def test_counts_what_was_ordered_before_it_was_set(self, market: Market) -> None:
        place(market.buyer, [(market.mutton, 3)])
        limit(market.nanjiang, market.mutton, per_period=3, period=Period.EVER)
        assert reasons(quoted(market.buyer, market, 1)) == [
            "每人总共限购 3 件，您已订 3 件，不能再订"
        ]

    def test_gives_back_what_was_cancelled_or_never_sent(self, market: Market) -> None:
        limit(market.nanjiang, market.mutton, per_period=3, period=Period.EVER)
        whole = place(market.buyer, [(market.mutton, 3)])
        close_trade(whole.trade.id, CANCEL_TRADE)
        [order] = buy(market.buyer, [(market.mutton, 3)])
        give_refund(
            market.nanjiang.actor, order.id,
            order_line_id=lines_of(order)[0].id, reason="缺货", quantity=2,
        )  # fmt: skip
        assert reasons(quoted(market.buyer, market, 2)) == []
        assert len(reasons(quoted(market.buyer, market, 3))) == 1

    def test_begins_anew_with_the_shanghai_calendar(
        self, market: Market, travel: Callable[[datetime], None]
    ) -> None:
        limit(market.nanjiang, market.mutton, per_period=2, period=Period.DAY)
        travel(datetime(2026, 3, 1, 15, 59, tzinfo=UTC))
        place(market.buyer, [(market.mutton, 2)])
        assert len(reasons(quoted(market.buyer, market, 1))) == 1
        travel(datetime(2026, 3, 1, 16, 1, tzinfo=UTC))
        assert reasons(quoted(market.buyer, market, 2)) == []

    def test_is_of_each_account_and_of_each_unit(self, market: Market) -> None:
        limit(market.nanjiang, market.mutton, per_period=4, period=Period.YEAR)
        unit = make_buying_unit()
        first, second = (
            actor_of(make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)) for _ in range(2)
        )
        place(first, [(market.mutton, 3)], buying_unit_id=unit.id)
        assert reasons(quoted(second, market, 2, buying_unit_id=unit.id)) == [
            "每个单位每年限购 4 件，贵单位已订 3 件，还能订 1 件"
        ]
        # A private purchase of the other clerk is another buyer's; the first clerk's is not.
        assert reasons(quoted(second, market, 4, region_code=LIANDU)) == []
        assert len(reasons(quoted(first, market, 2, region_code=LIANDU))) == 1
        assert reasons(quoted(market.buyer, market, 4)) == []

    def test_is_judged_again_when_the_order_is_placed(self, market: Market) -> None:
        request = request_for([(market.mutton, 2)])
        digest = make_quote(market.buyer, request).digest
        limit(market.nanjiang, market.mutton, per_period=1, period=Period.DAY)
        with pytest.raises(QuoteChanged) as told:
            place_trade(market.buyer, request, recipient=RECIPIENT, quote_digest=digest)
        assert "限购" in told.value.extra["quote"]["unavailable"][0]["reason"]


class TestBeginsAt:
    def test_is_the_calendars_beginning_in_shanghai(self) -> None:
        at = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)  # Thursday the 5th in Shanghai
        days = {
            period: begun and clock.shanghai_date(begun)
            for period in Period
            for begun in [period.begins_at(at)]
        }
        assert {period: str(day) for period, day in days.items()} == {
            Period.DAY: "2026-03-05", Period.WEEK: "2026-03-02", Period.MONTH: "2026-03-01",
            Period.YEAR: "2026-01-01", Period.EVER: "None",
        }  # fmt: skip


class TestRaces:
    def test_of_one_account_and_of_one_unit_cannot_pass_the_limit(
        self, committed: Committed
    ) -> None:
        with committed.context(), transaction():
            market = make_market()
            limit(market.nanjiang, market.mutton, per_period=3, period=Period.EVER)
            unit = make_buying_unit()
            clerks = [
                actor_of(make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)) for _ in range(4)
            ]
            alone = market.buyer
            own = request_for([(market.mutton, 1)])
            for_unit = request_for([(market.mutton, 1)], buying_unit_id=unit.id)
            digests = {
                actor.account_id: make_quote(actor, request).digest
                for actor, request in [(alone, own), *((clerk, for_unit) for clerk in clerks)]
            }

        def placing(buyer: Actor, request: QuoteRequest) -> Callable[[], object]:
            def run() -> object:
                with transaction():
                    digest = digests[buyer.account_id]
                    return place_trade(
                        buyer, request, recipient=RECIPIENT, quote_digest=digest
                    ).trade.id

            return run

        calls = [placing(alone, own)] * 8 + [placing(clerk, for_unit) for clerk in clerks] * 2
        answers = committed.in_parallel(*calls)
        refused = [one for one in answers if isinstance(one, Exception)]
        assert {type(one) for one in refused} == {QuoteChanged}
        assert len(refused) == 16 - 6
        with committed.context():
            assert db.session.scalar(select(func.sum(OrderLine.quantity))) == 6
            assert broken() == []
