"""Samples of what else happens to money: a fee, a coupon and a refund in one settlement, a refund
that the provider refuses, a payment disputed at the buyer's bank.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from orders.aftersales.service import give_refund
from orders.card_disputes.service import settle_dispute
from orders.coupons.service import Terms, claim_coupon, issue_for_platform
from orders.fees.models import FeeRate
from orders.fees.service import set_fee_rate
from orders.payments import calls
from orders.payments.models import CURRENCY, PaymentAttempt, Refund
from orders.payments.provider import DisputeFacts, DisputeStanding
from orders.payments.sandbox.switches import Switches, set_switches
from orders.trades.models import Order, OrderLine, Trade
from samples import people
from samples.purchases import STEPS, Purchase, Reach, advance, manager_of, pay, place

PHONE = people.OTHER_SHOPPER_PHONE
LIANDU = "331102"
FEE_BP, FEE_ON = 150, "meat_eggs"
SETTLED = Purchase(14, PHONE, LIANDU,
                   (("翡翠米", "10 千克", 2), ("南江黄羊", "羊肉块 500 克", 4)), Reach.COMPLETED)  # fmt: skip
REFUSED = Purchase(5, PHONE, LIANDU, (("土鸡蛋", "30 枚", 2),), Reach.SHIPPED)
DISPUTED = Purchase(4, PHONE, LIANDU, (("南江大叶茶", "雨前 250 克", 1),), Reach.SHIPPED)
REFUNDED_AGO, REFUSED_AGO = timedelta(days=3), timedelta(days=2)
BACK_FEN = 1_000


def set_fee() -> None:
    """Set a fee on one category, from the day on which it is set; the rest stays free."""
    if db.session.scalar(select(FeeRate.id).limit(1)) is None:
        set_fee_rate(
            people.administrator(),
            rate_bp=FEE_BP,
            valid_from=clock.today(),
            category_code=FEE_ON,
            document="示例：平台服务费通知",
        )


def make_troubles() -> None:
    """Make what is missing of the purchases to which something happens."""
    with transaction():
        buyer = people.by_phone(PHONE)
        mine = select(Trade.id).where(Trade.account_id == buyer.account_id)
        if db.session.scalar(mine.limit(1)) is not None:
            return
    _settle_with_a_coupon(buyer)
    attempt_id = _buy(REFUSED, buyer)
    set_switches(attempt_id, Switches(refuses_refunds=True, delay_ms=0))
    with clock.travel(clock.now() - REFUSED_AGO):
        _give_back(attempt_id, "示例：有两枚破损，退一部分")
    _dispute(_buy(DISPUTED, buyer))


def _settle_with_a_coupon(buyer: Actor) -> None:
    at = clock.now() - timedelta(days=SETTLED.days_ago)
    with clock.travel(at), transaction():
        terms = Terms(
            name="示例：平台满 300 减 30", amount_off_fen=3000, from_fen=30_000, total_limit=100,
            per_account_limit=1, valid_from_at=at, valid_until_at=at + timedelta(days=60),
        )  # fmt: skip
        coupon = issue_for_platform(people.administrator(), terms)
        holding_id = claim_coupon(buyer.account_id, coupon.id).id
    attempt_id = _buy(SETTLED, buyer, [holding_id])
    # Decided at once, so that provider and shop book it on one day.
    set_switches(attempt_id, Switches(delay_ms=0))
    with clock.travel(clock.now() - REFUNDED_AGO):
        _give_back(attempt_id, "示例：称重少了一点，退差价")


def _buy(purchase: Purchase, buyer: Actor, coupon_ids: list[UUID] | None = None) -> UUID:
    """Take a purchase as far as it goes; return the attempt that paid it."""
    at = clock.now() - timedelta(days=purchase.days_ago)
    with clock.travel(at):
        trade_id = place(purchase, buyer, coupon_ids or ())
        attempt_id = pay(trade_id, buyer)
    with transaction():
        of_trade = select(Order.id, Order.cooperative_id).where(Order.trade_id == trade_id)
        orders = db.session.execute(of_trade.order_by(Order.id)).all()
    for step, after in STEPS.items():
        if step <= purchase.reach:
            with clock.travel(at + after):
                for order_id, cooperative_id in orders:
                    advance(step, order_id, cooperative_id, buyer)
    return attempt_id


def _give_back(attempt_id: UUID, reason: str) -> None:
    """Give a little of a purchase back as its seller, and hear what the provider says to that."""
    with transaction():
        trade_id = db.session.get_one(PaymentAttempt, attempt_id).trade_id
        row = db.session.execute(
            select(Order, OrderLine.id.label("line_id"))
            .join(OrderLine, OrderLine.order_id == Order.id)
            .where(Order.trade_id == trade_id)
            .order_by(OrderLine.position, OrderLine.id)
            .limit(1)
        ).one()
        order: Order = row[0]
        case = give_refund(
            manager_of(order.cooperative_id),
            order.id,
            order_line_id=row.line_id,
            reason=reason,
            amount_fen=BACK_FEN,
        )
        refund_id = db.session.scalars(select(Refund.id).where(Refund.cause_id == case.id)).one()
    calls.send_refund(refund_id)


def _dispute(attempt_id: UUID) -> None:
    with transaction():
        attempt = db.session.get_one(PaymentAttempt, attempt_id)
        now = clock.now()
        settle_dispute(
            attempt.provider,
            DisputeFacts(
                provider_reference="SAMPLE-DISPUTE",
                payment_reference=attempt.provider_reference or "",
                standing=DisputeStanding.UNDER_REVIEW,
                reason="product_not_received",
                amount=attempt.amount_fen,
                currency=CURRENCY,
                due_at=now + timedelta(days=7),
                is_answered=True,
                movements=(),
                opened_at=now - timedelta(days=1),
                occurred_at=now,
            ),
        )
