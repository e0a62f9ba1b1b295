"""The invariants see what is planted: each fault breaks the one that watches for it."""

import pytest
from sqlalchemy import text

from marketplace.database import db
from orders.aftersales.service import agree_to_refund, apply_for_refund
from orders.carts import service as carts
from tests.factories.orders import Market, buy, lines_of, make_market, pay, place, send_back, ship
from tests.orders.invariants import broken


@pytest.fixture
def busy_market() -> Market:
    """One sale of every kind: open, paid, partly refunded, shipped; and a cart."""
    market = make_market()
    place(market.buyer, [(market.mutton, 1)])
    buy(market.buyer, [(market.mutton, 1), (market.rawap, 1)])
    [shipped] = buy(market.buyer, [(market.tea, 3)])
    case = apply_for_refund(
        market.buyer,
        shipped.id,
        order_line_id=lines_of(shipped)[0].id,
        quantity=1,
        reason="不想要了",
    )
    agree_to_refund(market.nanjiang.actor, case.id)
    send_back(case)
    ship(market.nanjiang, shipped)
    carts.add_to_cart(market.shopper.id, market.mutton.id, 1)
    return market


NOBODY = "'00000000-0000-0000-0000-000000000001'"
FAULTS = [
    ("I3", "update orders set goods_fen = goods_fen + 1, total_fen = total_fen + 1"),
    ("I3", "update trades set goods_fen = goods_fen + 1, total_fen = total_fen + 1"),
    ("I3", "update order_lines set freight_fen = 1"),
    ("I3", "update order_lines set claimed_fen = claimed_fen + 1"),
    ("I3", "update order_lines set claimed_quantity = 0 where claimed_quantity > 0"),
    ("I3", "update orders set freight_refunded_fen = 1"),
    ("I3", "update trades set paid_attempt_id = null where state = 'paid'"),
    ("I3", "update payment_attempts set captured = captured + 1 where state = 'succeeded'"),
    ("I3", "update payment_attempts set refunded = 0 where refunded > 0"),
    ("I3", "update refunds set amount = amount + 1"),
    ("I3", "update aftersales_cases set goods_fen = goods_fen + 1"),
    ("I3", "update aftersales_cases set state = 'refused', done_at = null"),
    ("I4", "update sales set returned_fen = 0"),
    ("I6", f"update orders set account_id = {NOBODY}"),
    ("I6", f"update orders set trade_id = {NOBODY}"),
    ("I6", f"update aftersales_cases set account_id = {NOBODY}"),
    ("I6", f"update cart_lines set sku_id = {NOBODY}"),
    ("I6", f"update cart_lines set account_id = {NOBODY}"),
    ("I6", f"update orders set buying_unit_id = {NOBODY}"),
    ("I6", f"update orders set outlet_id = {NOBODY}"),
    ("I6", "update orders set attribution_code = '999999'"),
    ("I6", "update orders set ship_to_code = '999999'"),
    ("I6", f"update order_lines set product_id = {NOBODY}"),
    ("I8", "update trades set state = 'expired', paid_attempt_id = null where state = 'open'"),
    ("I8", "update trades set state = 'open' where state = 'paid'"),
    ("I8", "update orders set state = 'unpaid' where state = 'paid'"),
    ("I8", "update orders set state = 'shipped' where state = 'paid'"),
    ("I8", "update orders set state = 'paid' where state = 'shipped'"),
    ("I8", "update orders set state = 'cancelled', closed_at = placed_at where state = 'paid'"),
    ("I8", "update orders set sale_on = null"),
    ("I8", "update parcel_lines set quantity = quantity + 1"),
    (
        "I8",
        "update order_lines set shipped_quantity = shipped_quantity - 1 where shipped_quantity > 1",
    ),
    ("I8", "update reservations set released_quantity = released_quantity + 1 where held > 0"),
    ("I8", "update refunds set state = 'failed'"),
]


class TestInvariants:
    def test_hold_on_sound_rows(self, busy_market: Market) -> None:
        assert broken() == []

    @pytest.mark.parametrize(("code", "fault"), FAULTS, ids=[fault for _, fault in FAULTS])
    def test_see_a_planted_fault(self, busy_market: Market, code: str, fault: str) -> None:
        changed = db.session.execute(text(fault))
        assert changed.rowcount > 0
        assert code in {line.split()[0] for line in broken()}

    def test_see_a_second_payment_of_one_trade(self, busy_market: Market) -> None:
        whole = place(busy_market.buyer, [(busy_market.mutton, 1)])
        assert pay(busy_market.buyer, whole.trade.id) == "accepted"
        db.session.execute(
            text(
                "insert into payment_attempts (id, account_id, trade_id, payment_no, provider,"
                " state, amount_fen, captured, refunded, outcome, created_at, succeeded_at,"
                " polls, next_poll_at)"
                " select gen_random_uuid(), account_id, trade_id, payment_no || 'x', provider,"
                " state, amount_fen, captured, 0, outcome, created_at, succeeded_at, 0,"
                " next_poll_at from payment_attempts where trade_id = :trade_id"
            ),
            {"trade_id": whole.trade.id},
        )
        assert "I3" in {line.split()[0] for line in broken()}
