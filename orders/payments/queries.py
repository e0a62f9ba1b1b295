"""Every select on attempts, refunds and events; reads by id start from what the actor may see."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.permissions import Permission
from marketplace.statements import fetch_first
from orders.payments.errors import PaymentNotFound
from orders.payments.models import (
    OPEN_STATES,
    PaymentAttempt,
    PaymentOutcome,
    Refund,
    RefundReturn,
    RefundState,
)
from orders.trades.errors import TradeNotFound
from orders.trades.models import Order, Trade
from orders.trades.queries import trades_visible_to
from orders.trades.states import TradeState


def visible_to(actor: Actor) -> Select[PaymentAttempt]:
    """Return the attempts for trades that the actor may read."""
    trades = trades_visible_to(actor).with_only_columns(Trade.id)
    return select(PaymentAttempt).where(PaymentAttempt.trade_id.in_(trades))


def get_payment(actor: Actor, attempt_id: uuid.UUID) -> PaymentAttempt:
    """Return an attempt the actor may read; raises PaymentNotFound."""
    found = db.session.scalar(visible_to(actor).where(PaymentAttempt.id == attempt_id))
    if found is None:
        raise PaymentNotFound
    return found


def get_attempt(attempt_id: uuid.UUID) -> PaymentAttempt:
    """Return an attempt for the system itself; raises NoResultFound."""
    return db.session.get_one(PaymentAttempt, attempt_id)


def list_payments(actor: Actor, trade_id: uuid.UUID) -> Sequence[PaymentAttempt]:
    """Return the attempts for a trade that the actor may read, newest first."""
    statement = visible_to(actor).where(PaymentAttempt.trade_id == trade_id)
    return db.session.scalars(statement.order_by(PaymentAttempt.id.desc())).all()


def list_refund_ids(order: Order) -> Sequence[uuid.UUID]:
    """Return the ids of an order's refunds, oldest first."""
    statement = select(Refund.id).where(
        Refund.account_id == order.account_id, Refund.order_id == order.id
    )
    return db.session.scalars(statement.order_by(Refund.id)).all()


def list_refunds(attempt: PaymentAttempt) -> Sequence[Refund]:
    """Return the refunds of an attempt, oldest first."""
    statement = select(Refund).where(
        Refund.account_id == attempt.account_id, Refund.attempt_id == attempt.id
    )
    return db.session.scalars(statement.order_by(Refund.id)).all()


def find_last_return(refund: Refund) -> RefundReturn | None:
    """Return when the money of a refund last came back; None if it never did."""
    statement = select(RefundReturn).where(
        RefundReturn.account_id == refund.account_id, RefundReturn.refund_id == refund.id
    )
    return db.session.scalar(statement.order_by(RefundReturn.id.desc()).limit(1))


def lock_payable_trade(actor: Actor, trade_id: uuid.UUID) -> Trade:
    """Lock a trade that the actor may pay, so that two clicks start one payment."""
    statement = trades_visible_to(actor, Permission.TRADE_PAY).where(Trade.id == trade_id)
    found = db.session.scalar(
        statement.with_for_update(of=Trade, key_share=True).execution_options(
            populate_existing=True
        )
    )
    if found is None:
        raise TradeNotFound
    return found


def lock_attempt(attempt_id: uuid.UUID) -> PaymentAttempt | None:
    """Lock an attempt and return it as the last holder left it; None if it is not ours."""
    statement = select(PaymentAttempt).where(PaymentAttempt.id == attempt_id)
    return db.session.scalar(
        statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    )


_LOCK_FACTS = """
SELECT id, account_id, trade_id, provider, provider_reference, state, amount_fen, created_at
FROM payment_attempts WHERE id = %(attempt_id)s FOR NO KEY UPDATE
"""


def lock_attempt_facts(attempt_id: uuid.UUID) -> Any | None:
    """Lock an attempt like ``lock_attempt``, and return what news of it is judged by."""
    return fetch_first(_LOCK_FACTS, {"attempt_id": attempt_id})


def lock_refund(refund_id: uuid.UUID) -> Refund | None:
    """Lock a refund and return it as the last holder left it; None if it is not ours."""
    statement = select(Refund).where(Refund.id == refund_id)
    return db.session.scalar(
        statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    )


def is_trade_open(attempt: PaymentAttempt) -> bool:
    """Tell whether the trade of an attempt still waits for its money."""
    state = select(Trade.state).where(
        Trade.account_id == attempt.account_id, Trade.id == attempt.trade_id
    )
    return db.session.scalars(state).one() is TradeState.OPEN


def list_open_attempts(trade_id: uuid.UUID) -> Sequence[PaymentAttempt]:
    """Return the undecided attempts for a trade."""
    statement = (
        select(PaymentAttempt)
        .join(
            Trade,
            (Trade.account_id == PaymentAttempt.account_id) & (Trade.id == PaymentAttempt.trade_id),
        )
        .where(Trade.id == trade_id, PaymentAttempt.state.in_(OPEN_STATES))
    )
    return db.session.scalars(statement.order_by(PaymentAttempt.id)).all()


def lock_paying_attempt(account_id: uuid.UUID, trade_id: uuid.UUID) -> PaymentAttempt | None:
    """Lock the attempt whose money paid a trade; None if nothing has."""
    statement = select(PaymentAttempt).where(
        PaymentAttempt.account_id == account_id,
        PaymentAttempt.trade_id == trade_id,
        PaymentAttempt.outcome == PaymentOutcome.ACCEPTED,
    )
    return db.session.scalar(
        statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    )


def list_attempts_to_poll(limit: int) -> Sequence[uuid.UUID]:
    """Return the ids of undecided attempts whose provider should be asked now."""
    statement = (
        select(PaymentAttempt.id)
        .where(PaymentAttempt.state.in_(OPEN_STATES), PaymentAttempt.next_poll_at <= clock.now())
        .order_by(PaymentAttempt.next_poll_at)
        .limit(limit)
    )
    return db.session.scalars(statement).all()


def list_refunds_to_send(limit: int) -> Sequence[uuid.UUID]:
    """Return the ids of undecided refunds whose provider should be asked now."""
    statement = (
        select(Refund.id)
        .where(
            Refund.state.in_((RefundState.REQUESTED, RefundState.SENT)),
            Refund.next_try_at <= clock.now(),
        )
        .order_by(Refund.next_try_at)
        .limit(limit)
    )
    return db.session.scalars(statement).all()
