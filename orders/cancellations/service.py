"""Call a paid order off: at once, or with the cooperative's consent. Each step locks the order.

What is called off is what was not shipped: it is refunded line by line as after-sales cases, the
last of which takes the freight along where nothing was shipped at all.
"""

import uuid
from typing import Any

from sqlalchemy import update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from marketplace.permissions import Permission
from orders.aftersales import service as aftersales
from orders.cancellations import queries
from orders.cancellations.errors import (
    CancellationNotAsked,
    CancellationPending,
    OrderNotCancellable,
    ReasonNotYours,
)
from orders.cancellations.models import (
    BUYERS_REASONS,
    REASON_TITLES,
    SELLERS_REASONS,
    Cancellation,
    CancellationReason,
)
from orders.cancellations.rules import is_cancellable, needs_consent
from orders.trades import queries as trade_queries
from orders.trades.deadlines import cancellation_due
from orders.trades.models import Order
from orders.trades.states import (
    AGREE_CANCELLATION,
    REFUSE_CANCELLATION,
    WITHDRAW_CANCELLATION,
    By,
    CancellationState,
    Move,
)


def cancel_order(
    actor: Actor, order_id: uuid.UUID, *, reason: CancellationReason, note: str | None = None
) -> Order:
    """Call a paid order off as its buyer, or ask to, where the cooperative has begun to pack.

    Raises OrderNotCancellable, CancellationPending, ReasonNotYours.
    """
    if reason not in BUYERS_REASONS:
        raise ReasonNotYours
    order = trade_queries.lock_order(
        order_id, trade_queries.bought_by(actor, Permission.TRADE_CANCEL)
    )
    _require_cancellable(order)
    cancellation = _open(actor, order, By.BUYER, reason, note)
    if needs_consent(order):
        audit.record("cancellation.asked", "order", order.id, actor=actor, after={"reason": reason})
        _tell(EventKind.CANCELLATION_ASKED, cancellation)
    else:
        _carry_out(actor, order, cancellation)
    return order


def cancel_sale(
    actor: Actor, order_id: uuid.UUID, *, reason: CancellationReason, note: str | None = None
) -> Order:
    """Call off what was not shipped of an order as its cooperative; the buyer gets it back in full.

    Raises OrderNotCancellable, CancellationPending, ReasonNotYours.
    """
    if reason not in SELLERS_REASONS:
        raise ReasonNotYours
    order = trade_queries.lock_order(
        order_id, trade_queries.sold_by(actor, Permission.AFTER_SALES_ANSWER)
    )
    _require_cancellable(order)
    _carry_out(actor, order, _open(actor, order, By.COOPERATIVE, reason, note))
    return order


def agree_to_cancel(actor: Actor, order_id: uuid.UUID) -> Order:
    """Consent as the cooperative to what the buyer asks."""
    order, cancellation = _lock_asked(
        order_id, trade_queries.sold_by(actor, Permission.AFTER_SALES_ANSWER)
    )
    _carry_out(actor, order, cancellation)
    return order


def refuse_to_cancel(actor: Actor, order_id: uuid.UUID, *, answer: str) -> Order:
    """Keep to the sale as the cooperative, saying why; it may ship again."""
    order, cancellation = _lock_asked(
        order_id, trade_queries.sold_by(actor, Permission.AFTER_SALES_ANSWER)
    )
    _move(actor, cancellation, REFUSE_CANCELLATION, answer=answer)
    return order


def withdraw_cancellation(actor: Actor, order_id: uuid.UUID) -> Order:
    """Take the request back as the buyer."""
    order, cancellation = _lock_asked(
        order_id, trade_queries.bought_by(actor, Permission.TRADE_CANCEL)
    )
    _move(actor, cancellation, WITHDRAW_CANCELLATION)
    return order


def settle_due_cancellation(order_id: uuid.UUID) -> bool:
    """Carry out what a cooperative did not answer in time; does nothing unless that still holds."""
    order = trade_queries.lock_order(order_id)
    cancellation = queries.find_asked(order)
    if cancellation is None or cancellation.due_at is None or cancellation.due_at > clock.now():
        return False
    _carry_out(SYSTEM, order, cancellation)
    return True


def _require_cancellable(order: Order) -> None:
    if not is_cancellable(order):
        raise OrderNotCancellable
    if queries.find_asked(order) is not None:
        raise CancellationPending


def _lock_asked(order_id: uuid.UUID, allowed: Any) -> tuple[Order, Cancellation]:
    order = trade_queries.lock_order(order_id, allowed)
    cancellation = queries.find_asked(order)
    if cancellation is None:
        raise CancellationNotAsked
    return order, cancellation


def _open(
    actor: Actor, order: Order, opened_by: By, reason: CancellationReason, note: str | None
) -> Cancellation:
    cancellation = Cancellation(
        id=new_id(),
        cooperative_id=order.cooperative_id,
        order_id=order.id,
        account_id=order.account_id,
        state=CancellationState.ASKED,
        opened_by=opened_by,
        reason=reason,
        note=note,
        asked_at=clock.now(),
        asked_by=actor.account_id,
        due_at=cancellation_due(),
    )
    db.session.add(cancellation)
    db.session.flush()
    return cancellation


def _move(actor: Actor, cancellation: Cancellation, move: Move, **values: Any) -> None:
    moved = db.session.execute(
        update(Cancellation)
        .where(
            Cancellation.cooperative_id == cancellation.cooperative_id,
            Cancellation.id == cancellation.id,
            Cancellation.state.in_(sorted(move.sources)),
        )
        .values(state=move.target, answered_at=clock.now(), answered_by=actor.id, **values)
        .returning(Cancellation.id)
        .execution_options(synchronize_session=False)
    ).first()
    if moved is None:
        raise CancellationNotAsked
    db.session.refresh(cancellation)
    audit.record(
        f"cancellation.{move.deed}",
        "order",
        cancellation.order_id,
        actor=actor,
        after={"reason": cancellation.reason, "opened_by": cancellation.opened_by},
    )
    _tell(EventKind(f"cancellation.{cancellation.state}"), cancellation)


def _tell(kind: EventKind, cancellation: Cancellation) -> None:
    order = db.session.get_one(Order, cancellation.order_id)
    announce(
        kind,
        subject_id=cancellation.id,
        account_id=cancellation.account_id,
        cooperative_id=cancellation.cooperative_id,
        buying_unit_id=order.buying_unit_id,
        facts={
            "state": cancellation.state,
            "order_id": cancellation.order_id,
            "opened_by": cancellation.opened_by,
            "reason": cancellation.reason,
        },
    )


def _carry_out(actor: Actor, order: Order, cancellation: Cancellation) -> None:
    _move(actor, cancellation, AGREE_CANCELLATION)
    aftersales.refund_unshipped(
        actor,
        order,
        opened_by=cancellation.opened_by,
        applied_by=cancellation.asked_by,
        reason=cancellation.note or REASON_TITLES[cancellation.reason].zh,
    )
