"""Placing a trade: exactly what was quoted, or nothing."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM
from marketplace.identity.memberships import give_membership
from marketplace.ids import new_id
from marketplace.permissions import Role
from orders.carts import service as carts
from orders.checkout.errors import (
    AttributionUnknown,
    BuyingUnitNotChosen,
    BuyingUnitNotYours,
    DeliveryRegionUnknown,
    NothingToBuy,
    QuoteChanged,
    RegionIsWestern,
    TradeTooLarge,
)
from orders.checkout.quoting import make_quote
from orders.checkout.service import Recipient, place_trade
from orders.trades.models import AttributionSource, Order, Trade
from orders.trades.states import OrderState, TradeState
from partners.credits.queries import list_outcomes
from partners.outlets.service import close_outlet
from products.catalogue.models import ListingState, Product, Sku
from products.stock import service as stock
from products.stock.models import Reservation
from tests.factories.freight import flat, make_template
from tests.factories.identity import actor_of, make_account
from tests.factories.orders import (
    DONGYANG,
    JINYUN,
    LIANDU,
    RECIPIENT,
    buy,
    lines_of,
    make_market,
    orders_of,
    place,
    request_for,
    trade_of,
)
from tests.factories.partners import PLATFORM_ADMIN, make_buying_unit, make_outlet
from tests.orders.invariants import broken


class TestMakeQuote:
    def test_prices_lines_per_cooperative(self) -> None:
        market = make_market()
        quote = make_quote(
            market.buyer, request_for([(market.mutton, 2), (market.tea, 3), (market.rawap, 1)])
        )
        totals = {order.cooperative_id: order.total_fen for order in quote.orders}
        assert totals == {
            market.nanjiang.id: 2 * 5800 + 3 * 3333,
            market.xinhe.id: 88_000,
        }
        assert quote.total_fen == 11_600 + 9_999 + 88_000

    def test_writes_nothing(self) -> None:
        market = make_market()
        make_quote(market.buyer, request_for([(market.mutton, 2)]))
        assert db.session.scalar(select(func.count()).select_from(Trade)) == 0
        assert db.session.scalar(select(func.count()).select_from(Reservation)) == 0

    def test_sums_two_lines_of_one_sku_before_checking_stock(self) -> None:
        market = make_market(on_hand=5)
        quote = make_quote(market.buyer, request_for([(market.mutton, 3), (market.mutton, 3)]))
        assert [(each.quantity, each.available) for each in quote.unavailable] == [(6, 5)]
        assert quote.orders == ()

    def test_tells_for_every_line_whose_quota_it_helps_or_why_none(self) -> None:
        market = make_market()
        quote = make_quote(market.buyer, request_for([(market.mutton, 1), (market.rawap, 1)]))
        told = {
            line.sku.product_name: {help_.scheme: help_ for help_ in line.helps}
            for order in quote.orders
            for line in order.lines
        }
        assert not told["南江黄羊肉"]["pairing"].counts
        assert "结束" in told["南江黄羊肉"]["pairing"].reason.zh
        assert told["热瓦普"]["pairing"].counts
        assert told["热瓦普"]["pairing"].amount_fen == 88_000
        assert "新和" in told["热瓦普"]["pairing"].reason.zh

    def test_charges_flat_freight_once_per_order_and_shares_it_over_the_lines(self) -> None:
        market = make_market()
        make_template(market.nanjiang, flat(1000, free_from_fen=50_000))
        quote = make_quote(market.buyer, request_for([(market.mutton, 1), (market.tea, 1)]))
        assert quote.freight_fen == 1000
        shares = [line.freight_fen for line in quote.orders[0].lines]
        assert sum(shares) == 1000
        assert sorted(shares) == [365, 635]

    def test_waives_freight_from_an_amount_on(self) -> None:
        market = make_market()
        make_template(market.nanjiang, flat(1000, free_from_fen=58_000))
        nearly = make_quote(market.buyer, request_for([(market.mutton, 9)]))
        enough = make_quote(market.buyer, request_for([(market.mutton, 10)]))
        assert (nearly.freight_fen, enough.freight_fen) == (1000, 0)

    def test_refuses_an_empty_cart(self) -> None:
        with pytest.raises(NothingToBuy):
            make_quote(make_market().buyer, request_for(None))

    def test_refuses_a_total_beyond_any_amount(self) -> None:
        market = make_market(on_hand=1_000_000)
        db.session.execute(
            update(Sku).where(Sku.id == market.mutton.id).values(price_fen=100_000_000_000)
        )
        with pytest.raises(TradeTooLarge):
            make_quote(market.buyer, request_for([(market.mutton, 1_000_000)]))

    @pytest.mark.parametrize("code", ["331100", "330000", "999999"])
    def test_refuses_to_deliver_to_anything_but_a_county(self, code: str) -> None:
        market = make_market()
        with pytest.raises(DeliveryRegionUnknown):
            make_quote(market.buyer, request_for([(market.mutton, 1)], code))

    def test_delivers_to_a_city_without_counties(self) -> None:
        market = make_market()
        quote = make_quote(market.buyer, request_for([(market.mutton, 1)], "441900"))
        assert quote.attribution.region_code == "441900"

    def test_reports_what_cannot_be_sold(self) -> None:
        market = make_market()
        db.session.execute(
            update(Product)
            .where(Product.id == market.mutton.product_id)
            .values(state=ListingState.PAUSED)
        )
        quote = make_quote(market.buyer, request_for([(market.mutton, 1), (market.tea, 1)]))
        assert [each.reason.zh for each in quote.unavailable] == ["商品已下架"]
        assert quote.total_fen == 3333


class TestAttribution:
    def test_defaults_to_the_delivery_region(self) -> None:
        market = make_market()
        attribution = make_quote(
            market.buyer, request_for([(market.mutton, 1)], JINYUN)
        ).attribution
        assert attribution.source is AttributionSource.DELIVERY
        assert attribution.region_code == JINYUN
        assert "浙江省丽水市缙云县" in attribution.explanation.zh

    def test_defaults_to_the_buyers_unit_wherever_it_is_sent(self) -> None:
        market = make_market()
        unit = make_buying_unit(name="示例小学 · 东阳", region_code=DONGYANG)
        clerk = actor_of(make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id))
        quote = make_quote(clerk, request_for([(market.mutton, 1)], LIANDU))
        assert quote.attribution.source is AttributionSource.BUYING_UNIT
        assert quote.attribution.region_code == DONGYANG
        assert quote.attribution.buying_unit_id == unit.id
        assert "示例小学 · 东阳" in quote.attribution.explanation.zh
        assert [each.id for each in quote.units] == [unit.id]

    @pytest.mark.parametrize(
        ("unit", "parent_is_budget", "counts"),
        [
            ({}, None, True),
            ({"is_budget_unit": False}, None, False),
            ({"kind": "union", "is_budget_unit": False}, True, True),
            ({"kind": "union", "is_budget_unit": False}, False, False),
        ],
    )
    def test_counts_for_the_reserved_share_of_a_budget_unit_or_its_union(
        self, unit: dict[str, Any], parent_is_budget: bool | None, counts: bool
    ) -> None:
        market = make_market()
        if parent_is_budget is not None:
            above = make_buying_unit(region_code=DONGYANG, is_budget_unit=parent_is_budget)
            unit = unit | {"parent_id": above.id}
        bought_for = make_buying_unit(name="示例单位 · 东阳", region_code=DONGYANG, **unit)
        clerk = actor_of(make_account(role=Role.BUYING_UNIT_CLERK, scope=bought_for.id))
        (order,) = buy(clerk, [(market.mutton, 1)])
        (line,) = lines_of(order)
        assert {o.scheme: o.counts for o in list_outcomes([line.id])}["reserved_share"] is counts

    def test_of_several_units_takes_the_one_last_bought_for_or_asks(self) -> None:
        market = make_market()
        units = [make_buying_unit(name=f"示例单位 {n}", region_code=DONGYANG) for n in "甲乙"]
        account = make_account(role=Role.BUYING_UNIT_CLERK, scope=units[0].id)
        give_membership(
            account_id=account.id,
            role=Role.BUYING_UNIT_CLERK,
            scope_id=units[1].id,
            granted_by=SYSTEM,
        )
        clerk, basket = actor_of(account), [(market.mutton, 1)]
        with pytest.raises(BuyingUnitNotChosen) as refused:
            make_quote(clerk, request_for(basket))
        assert list(refused.value.fields) == ["buying_unit_id"]
        place(clerk, basket, buying_unit_id=units[1].id)
        assert make_quote(clerk, request_for(basket)).attribution.buying_unit_id == units[1].id
        place(clerk, basket, buying_unit_id=units[0].id)
        place(clerk, basket, source=AttributionSource.DELIVERY)
        assert make_quote(clerk, request_for(basket)).attribution.buying_unit_id == units[0].id

    def test_lets_a_clerk_buy_as_a_private_person(self) -> None:
        market = make_market()
        unit = make_buying_unit(region_code=DONGYANG)
        clerk = actor_of(make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id))
        request = request_for([(market.mutton, 1)], LIANDU, source=AttributionSource.DELIVERY)
        attribution = make_quote(clerk, request).attribution
        assert (attribution.region_code, attribution.buying_unit_id) == (LIANDU, None)

    def test_takes_the_region_that_the_buyer_chose(self) -> None:
        market = make_market()
        request = request_for([(market.mutton, 1)], LIANDU, region_code=DONGYANG)
        attribution = make_quote(market.buyer, request).attribution
        assert attribution.source is AttributionSource.CHOSEN
        assert attribution.region_code == DONGYANG

    def test_refuses_a_unit_of_somebody_else(self) -> None:
        market = make_market()
        unit = make_buying_unit()
        with pytest.raises(BuyingUnitNotYours):
            make_quote(
                market.buyer, request_for([(market.mutton, 1)], LIANDU, buying_unit_id=unit.id)
            )

    def test_refuses_an_unknown_region_or_outlet(self) -> None:
        market = make_market()
        closed = make_outlet(opened_on=date(2020, 1, 1), region_code="331100")
        close_outlet(PLATFORM_ADMIN, closed, closed_on=clock.today() - timedelta(days=1))
        for choice in (
            {"region_code": "999999"},
            {"region_code": "330000"},
            {"region_code": "110100"},
            {"region_code": "331101"},
            {"source": AttributionSource.CHOSEN},
            {"source": AttributionSource.OUTLET},
            {"outlet_id": new_id()},
            {"outlet_id": closed.id},
        ):
            with pytest.raises(AttributionUnknown):
                make_quote(market.buyer, request_for([(market.mutton, 1)], LIANDU, **choice))

    @pytest.mark.parametrize("code", ["511922", "511900"])
    def test_refuses_a_western_region(self, code: str) -> None:
        market = make_market()
        with pytest.raises(RegionIsWestern) as refused:
            make_quote(market.buyer, request_for([(market.mutton, 1)], LIANDU, region_code=code))
        assert "请选择承担任务的东部地区" in refused.value.fields["region_code"].zh

    def test_defaults_to_the_outlet_that_sold(self) -> None:
        market = make_market()
        pavilion = make_outlet(region_code="331100")
        request = request_for([(market.rawap, 1)], "310101", outlet_id=pavilion.id)
        quote = make_quote(market.buyer, request)
        assert quote.attribution.source is AttributionSource.OUTLET
        assert (quote.attribution.region_code, quote.attribution.channel) == ("331100", "pavilion")
        told = {each.scheme: each for each in quote.orders[0].lines[0].helps}
        assert (told["pairing"].counts, told["pairing"].kind) == (True, "assisted_sale")

    def test_keeps_a_units_purchase_its_own_wherever_it_was_sold(self) -> None:
        market = make_market()
        unit = make_buying_unit(region_code=DONGYANG)
        clerk = actor_of(make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id))
        request = request_for([(market.mutton, 1)], LIANDU, outlet_id=make_outlet().id)
        quote = make_quote(clerk, request)
        assert (quote.attribution.region_code, quote.attribution.channel) == (DONGYANG, "pavilion")
        told = {each.scheme: each for each in quote.orders[0].lines[0].helps}
        assert told["pairing"].kind == "direct_purchase"


class TestPlaceTrade:
    def test_makes_one_trade_with_one_order_per_cooperative(self) -> None:
        market = make_market()
        whole = place(market.buyer, [(market.mutton, 2), (market.rawap, 1)])
        trade = trade_of(whole.trade.id)
        orders = orders_of(trade.id)
        assert trade.state is TradeState.OPEN
        assert trade.total_fen == 11_600 + 88_000
        assert {order.cooperative_id for order in orders} == {market.nanjiang.id, market.xinhe.id}
        assert {order.state for order in orders} == {OrderState.UNPAID}
        assert sum(order.total_fen for order in orders) == trade.total_fen
        assert broken() == []

    def test_keeps_on_the_line_what_was_agreed(self) -> None:
        market = make_market()
        whole = place(market.buyer, [(market.mutton, 2)])
        line = lines_of(orders_of(whole.trade.id)[0])[0]
        assert (line.product_name, line.spec, line.unit, line.weight_g) == (
            "南江黄羊肉", "500 克", "袋", 500,
        )  # fmt: skip
        assert (line.price_fen, line.quantity, line.amount_fen, line.net_fen) == (
            5800, 2, 11_600, 11_600,
        )  # fmt: skip
        assert (line.origin_code, line.origin_name) == ("511922", "四川省巴中市南江县")
        assert line.certificate_no is not None
        assert line.fee_rate_bp == 0
        assert {told["scheme"] for told in line.told} == {
            "pairing", "reserved_share", "catalogue",
        }  # fmt: skip

    def test_seals_who_receives_it(self) -> None:
        market = make_market()
        whole = place(market.buyer, [(market.mutton, 1)])
        stored = orders_of(whole.trade.id)[0].ship_to
        assert RECIPIENT.phone.encode() not in stored
        assert Recipient.unseal(stored) == RECIPIENT

    def test_holds_the_stock(self) -> None:
        market = make_market(on_hand=5)
        place(market.buyer, [(market.mutton, 3)])
        quote = make_quote(market.buyer, request_for([(market.mutton, 3)]))
        assert [each.available for each in quote.unavailable] == [2]

    def test_takes_what_was_bought_out_of_the_cart_and_leaves_the_rest(self) -> None:
        market = make_market()
        carts.add_to_cart(market.shopper.id, market.mutton.id, 2)
        carts.add_to_cart(market.shopper.id, market.rawap.id, 1)
        whole = place(market.buyer, None)
        assert whole.trade.total_fen == 99_600
        assert carts.show_cart(market.shopper.id).lines == []

    def test_leaves_the_cart_alone_when_lines_were_named(self) -> None:
        market = make_market()
        carts.add_to_cart(market.shopper.id, market.mutton.id, 2)
        place(market.buyer, [(market.mutton, 1)])
        assert [seen.line.quantity for seen in carts.show_cart(market.shopper.id).lines] == [2]

    def test_answers_a_changed_price_with_the_new_quote_and_writes_nothing(self) -> None:
        market = make_market()
        request = request_for([(market.mutton, 1)])
        digest = make_quote(market.buyer, request).digest
        db.session.execute(update(Sku).where(Sku.id == market.mutton.id).values(price_fen=5900))
        with pytest.raises(QuoteChanged) as refused:
            place_trade(market.buyer, request, recipient=RECIPIENT, quote_digest=digest)
        new = refused.value.extra["quote"]
        assert new["total_fen"] == 5900
        assert new["quote_digest"] != digest
        assert db.session.scalar(select(func.count()).select_from(Order)) == 0

    def test_answers_a_changed_freight_with_the_new_quote(self) -> None:
        market = make_market()
        request = request_for([(market.mutton, 1)])
        digest = make_quote(market.buyer, request).digest
        make_template(market.nanjiang, flat(800))
        with pytest.raises(QuoteChanged):
            place_trade(market.buyer, request, recipient=RECIPIENT, quote_digest=digest)

    def test_answers_stock_that_others_took_with_the_new_quote(self) -> None:
        market = make_market(on_hand=2)
        request = request_for([(market.mutton, 2)])
        digest = make_quote(market.buyer, request).digest
        place(actor_of(make_account()), [(market.mutton, 1)])
        with pytest.raises(QuoteChanged) as refused:
            place_trade(market.buyer, request, recipient=RECIPIENT, quote_digest=digest)
        assert refused.value.extra["quote"]["unavailable"][0]["available"] == 1

    def test_refuses_a_quote_for_another_destination_or_attribution(self) -> None:
        market = make_market()
        digest = make_quote(market.buyer, request_for([(market.mutton, 1)], LIANDU)).digest
        for other in (
            request_for([(market.mutton, 1)], JINYUN),
            request_for([(market.mutton, 1)], LIANDU, region_code=DONGYANG),
            request_for([(market.mutton, 2)], LIANDU),
        ):
            with pytest.raises(QuoteChanged):
                place_trade(market.buyer, other, recipient=RECIPIENT, quote_digest=digest)

    def test_gives_every_order_its_own_reservation(self) -> None:
        market = make_market()
        whole = place(market.buyer, [(market.mutton, 2), (market.rawap, 1)])
        held = db.session.execute(select(Reservation.order_id, Reservation.held)).all()
        expected = {order.id for order in orders_of(whole.trade.id)}
        assert {row.order_id for row in held} == expected
        stock.release_all(expected)
        assert sorted(db.session.scalars(select(Reservation.held))) == [0, 0]
