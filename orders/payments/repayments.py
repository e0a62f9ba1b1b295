"""Attempts to repay what a unit owes for goods that came first, by any means taken online."""

import uuid

from sqlalchemy import select

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id, new_number
from orders.payments import queries
from orders.payments.models import OPEN_STATES, PaymentAttempt, PaymentState
from orders.payments.service import FIRST_POLL_AFTER, NUMBER_PREFIX
from orders.receivables.errors import NothingOwed, RepaysTooMuch
from orders.receivables.queries import owed_for
from orders.trades.models import Trade


def write_attempt(
    actor: Actor,
    trade_id: uuid.UUID,
    provider: str,
    *,
    method: str,
    payment_method: str | None,
    amount_fen: int | None,
) -> PaymentAttempt:
    """Write the intention to repay all or a part, or return the one not decided yet.

    Raises TradeNotFound, NothingOwed, RepaysTooMuch.
    """
    trade = queries.lock_payable_trade(actor, trade_id)
    owed = owed_for(trade.id)
    if owed == 0:
        raise NothingOwed
    amount = owed if amount_fen is None else amount_fen
    if not 0 < amount <= owed:
        raise RepaysTooMuch(fields={"amount_fen": RepaysTooMuch.title}, owed_fen=owed)
    found = _find_open(trade, provider, method, amount)
    if found is not None:
        return found
    now = clock.now()
    attempt = PaymentAttempt(
        id=new_id(),
        account_id=trade.account_id,
        trade_id=trade.id,
        payment_no=new_number(NUMBER_PREFIX),
        provider=provider,
        method=method,
        payment_method=payment_method,
        state=PaymentState.CREATED,
        amount_fen=amount,
        created_at=now,
        next_poll_at=now + FIRST_POLL_AFTER,
    )
    db.session.add(attempt)
    db.session.flush()
    audit.record(
        "repayment.started", "payment", attempt.id, actor=actor,
        after={"trade_id": str(trade.id), "provider": provider, "amount_fen": amount},
    )  # fmt: skip
    return attempt


def _find_open(trade: Trade, provider: str, method: str, amount_fen: int) -> PaymentAttempt | None:
    same = select(PaymentAttempt).where(
        PaymentAttempt.account_id == trade.account_id,
        PaymentAttempt.trade_id == trade.id,
        PaymentAttempt.provider == provider,
        PaymentAttempt.method == method,
        PaymentAttempt.amount_fen == amount_fen,
        PaymentAttempt.state.in_(OPEN_STATES),
    )
    return db.session.scalar(same.order_by(PaymentAttempt.id).limit(1))
