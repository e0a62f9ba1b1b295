"""What is told of a sale: every step once, to whom it concerns, without anybody's data."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace import clock
from marketplace.database import db
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.models import Announcement
from orders.trades.service import close_trade
from orders.trades.states import CANCEL_TRADE
from partners.credits.service import reverse_sale
from tests.factories import orders as shop


def told(*subjects: str) -> list[Announcement]:
    rows = db.session.scalars(select(Announcement).order_by(Announcement.id)).all()
    return [row for row in rows if row.kind.subject in subjects]


def test_a_sale_is_told_from_its_placing_to_its_acceptance() -> None:
    market = shop.make_market()
    orders = shop.buy(market.buyer, [(market.mutton, 1), (market.rawap, 1)])
    mutton = next(order for order in orders if order.cooperative_id == market.nanjiang.id)
    shop.deliver(market.buyer, market.nanjiang, mutton)
    of_trade = told("trade")
    assert [each.kind for each in of_trade] == ["trade.placed", "trade.paid"]
    assert {each.account_id for each in of_trade} == {market.shopper.id}
    assert of_trade[1].facts == {
        "state": "paid",
        "total_fen": sum(order.total_fen for order in orders),
        "goods_first": False,
    }
    paid = [each for each in told("order") if each.kind is EventKind.ORDER_PAID]
    assert {(each.subject_id, each.cooperative_id) for each in paid} == {
        (order.id, order.cooperative_id) for order in orders
    }
    after = [each for each in told("order", "parcel") if each.kind is not EventKind.ORDER_PAID]
    assert [each.kind for each in after] == ["parcel.shipped", "order.shipped", "order.accepted"]
    assert after[1].facts == {
        "state": "shipped",
        "trade_id": str(mutton.trade_id),
        "total_fen": mutton.total_fen,
    }
    assert not any(shop.RECIPIENT.phone in str(each.facts) for each in of_trade + paid + after)


def test_a_credit_is_told_for_each_scheme_when_it_is_confirmed_and_taken_back(
    travel: Callable[[datetime], None],
) -> None:
    market = shop.make_market()
    [order] = shop.buy(market.buyer, [(market.mutton, 2)], ship_to_code=shop.JINYUN)
    shop.deliver(market.buyer, market.nanjiang, order)
    travel(clock.now() + timedelta(days=8))
    assert shop.complete(order)
    confirmed = told("credit")
    assert confirmed
    assert {each.kind for each in confirmed} == {EventKind.CREDIT_CONFIRMED}
    assert {each.facts["amount_fen"] for each in confirmed} == {order.goods_fen}
    [line] = shop.lines_of(order)
    reverse_sale(cooperative_id=order.cooperative_id, line_id=line.id, cause_id=uuid.uuid4(),
                 returned_fen_total=line.net_fen)  # fmt: skip
    reversed_ = [each for each in told("credit") if each.kind is EventKind.CREDIT_REVERSED]
    assert [each.facts["scheme"] for each in reversed_] == [
        each.facts["scheme"] for each in confirmed
    ]
    assert {each.facts["amount_fen"] for each in reversed_} == {-order.goods_fen}


def test_what_was_never_paid_is_told_of_the_trade_only() -> None:
    market = shop.make_market()
    whole = shop.place(market.buyer, [(market.mutton, 1)])
    assert close_trade(whole.trade.id, CANCEL_TRADE, actor=market.buyer)
    assert [each.kind for each in told("trade", "order")] == ["trade.placed", "trade.cancelled"]
