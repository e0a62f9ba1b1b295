"""One step of a case: a guarded update, its line in the case's course, and its audit row."""

import uuid
from typing import Any

from sqlalchemy import update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from orders.aftersales.errors import AftersalesStateForbids, RefundExceedsLine
from orders.aftersales.models import AftersalesCase, CaseEvent
from orders.trades import service as trades
from orders.trades.deadlines import case_due
from orders.trades.models import Order, OrderLine
from orders.trades.states import (
    AGREE_CASE,
    CHARGE_BACK_CASE,
    CONFIRM_REPLACEMENT,
    DISMISS_CASE,
    FINISH_CASE,
    LAPSE_CASE,
    REFUND_INSTEAD,
    REFUND_UNSEEN,
    REFUSE_CASE,
    SUPERSEDE_CASE,
    UPHOLD_REFUND,
    WITHDRAW_CASE,
    AftersalesState,
    By,
    Move,
)


def require_start(case: AftersalesCase, move: Move) -> None:
    """Raise AftersalesStateForbids unless a move starts here, before anything is booked for it.

    The order's lock keeps the state until the move is made.
    """
    if case.state not in move.sources:
        raise AftersalesStateForbids


def move_case(
    actor: Actor,
    case: AftersalesCase,
    move: Move,
    party: By,
    *,
    note: str | None = None,
    **values: Any,
) -> None:
    """Make a move on a case whose order is locked; raises AftersalesStateForbids.

    The time limit is that of the new state.
    """
    moved = db.session.execute(
        update(AftersalesCase)
        .where(
            AftersalesCase.cooperative_id == case.cooperative_id,
            AftersalesCase.id == case.id,
            AftersalesCase.state.in_(sorted(move.sources)),
        )
        .values(state=move.target, due_at=case_due(move.target), **values)
        .returning(AftersalesCase.id)
        .execution_options(synchronize_session=False)
    ).first()
    if moved is None:
        raise AftersalesStateForbids
    db.session.refresh(case)
    record_event(actor, case, move.deed, party, note)
    audit.record(
        f"aftersales.{move.deed}",
        "aftersales_case",
        case.id,
        actor=actor,
        after={
            "state": case.state,
            "by": party,
            "goods_fen": case.goods_fen,
            "freight_fen": case.freight_fen,
        },
    )
    tell(case, move.deed)


# What a deed means to those who follow a case from outside; by any other it only moved on.
_TOLD_AS = {
    "applied": EventKind.AFTERSALES_OPENED,
    **dict.fromkeys(
        (AGREE_CASE.deed, REFUSE_CASE.deed, UPHOLD_REFUND.deed, DISMISS_CASE.deed,
         REFUND_INSTEAD.deed, REFUND_UNSEEN.deed),
        EventKind.AFTERSALES_DECIDED,
    ),
    **dict.fromkeys(
        (FINISH_CASE.deed, CONFIRM_REPLACEMENT.deed, WITHDRAW_CASE.deed, SUPERSEDE_CASE.deed,
         CHARGE_BACK_CASE.deed, LAPSE_CASE.deed),
        EventKind.AFTERSALES_CLOSED,
    ),
}  # fmt: skip


def tell(case: AftersalesCase, deed: str) -> None:
    """Announce a step of a case."""
    order = db.session.get_one(Order, case.order_id)
    announce(
        _TOLD_AS.get(deed, EventKind.AFTERSALES_MOVED),
        subject_id=case.id,
        account_id=case.account_id,
        cooperative_id=case.cooperative_id,
        buying_unit_id=order.buying_unit_id,
        facts={
            "state": case.state,
            "deed": deed,
            "order_id": case.order_id,
            "kind": case.kind,
            "quantity": case.quantity,
            "goods_fen": case.goods_fen,
        },
    )


def record_event(
    actor: Actor, case: AftersalesCase, deed: str, party: By, note: str | None
) -> None:
    """Write a line into the course of a case."""
    db.session.add(
        CaseEvent(
            id=new_id(),
            cooperative_id=case.cooperative_id,
            case_id=case.id,
            deed=deed,
            party=party,
            account_id=actor.id,
            state=AftersalesState(case.state),
            note=note,
            at=clock.now(),
        )
    )
    db.session.flush()


def claim(order: Order, line_id: uuid.UUID, quantity: int, goods_fen: int) -> None:
    """Claim (or, negative, give back) a part of a line; the guard holds even without the lock."""
    claimed = db.session.execute(
        update(OrderLine)
        .where(
            OrderLine.cooperative_id == order.cooperative_id,
            OrderLine.id == line_id,
            OrderLine.claimed_quantity + quantity <= OrderLine.quantity,
            OrderLine.claimed_fen + goods_fen <= OrderLine.net_fen,
        )
        .values(
            claimed_quantity=OrderLine.claimed_quantity + quantity,
            claimed_fen=OrderLine.claimed_fen + goods_fen,
        )
        .returning(OrderLine.id)
        .execution_options(synchronize_session=False)
    ).first()
    if claimed is None:
        raise RefundExceedsLine(left=0)
    trades.forget(OrderLine)


def give_claim_back(order: Order, case: AftersalesCase) -> None:
    """Free what a case claims of its line, for other cases."""
    claim(order, case.order_line_id, -case.quantity, -case.goods_fen)
