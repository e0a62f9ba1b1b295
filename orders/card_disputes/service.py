"""What a dispute does: recorded, its money followed, the sale held, taken back or let go on.

Whatever brings the news (a notice or the provider's list) ends in ``settle_dispute``; it may come
twice, late and in any order. Orders are locked first, then the payment, as refunds do it.
"""

import logging
import uuid
from collections.abc import Sequence

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from orders.card_disputes import losing, queries
from orders.card_disputes.errors import DisputeNotAnswerable
from orders.card_disputes.models import (
    ANSWERABLE,
    CardDispute,
    CardDisputeLine,
    CardDisputeMovement,
    DisputeState,
)
from orders.card_disputes.sharing import share_out
from orders.journal import dispute_entries
from orders.journal import service as journal
from orders.payments.models import CURRENCY, PaymentAttempt, PaymentOutcome
from orders.payments.provider import DisputeFacts, DisputeStanding
from orders.payments.queries import get_attempt, lock_attempt
from orders.settlements import recording
from orders.trades.models import Order
from orders.trades.queries import lock_order
from orders.trades.states import OrderState

log = logging.getLogger(__name__)

_RANK = {state: rank for rank, state in enumerate(DisputeState)}
_STATE_OF = {standing: DisputeState(standing.value) for standing in DisputeStanding}
_ENDS = frozenset({DisputeState.INQUIRY_CLOSED, DisputeState.WON, DisputeState.LOST})


def settle_dispute(provider: str, facts: DisputeFacts) -> str:
    """Bring a dispute to where its provider says it stands; returns the effect in a word."""
    attempt_id = queries.find_attempt_id(provider, facts.payment_reference)
    if attempt_id is None:
        log.error("a dispute about an unknown payment", extra={"dispute": facts.provider_reference})
        return "unknown"
    trade_id = get_attempt(attempt_id).trade_id
    orders = [lock_order(each) for each in queries.list_order_ids(trade_id)]
    attempt = lock_attempt(attempt_id)
    if attempt is None:
        return "unknown"
    known = queries.find_by_reference(provider, facts.provider_reference)
    dispute = known or _open(attempt, facts)
    has_moved = _follow_money(dispute, facts)
    state = _STATE_OF[facts.standing]
    if known is not None and _RANK[state] <= _RANK[known.state]:
        if state is known.state:
            _renew(known, facts)
        return "moved" if has_moved else "repeated"
    _enter(dispute, state, facts, attempt, orders)
    return state


def _open(attempt: PaymentAttempt, facts: DisputeFacts) -> CardDispute:
    dispute = CardDispute(
        id=new_id(),
        account_id=attempt.account_id,
        attempt_id=attempt.id,
        trade_id=attempt.trade_id,
        provider=attempt.provider,
        provider_reference=facts.provider_reference,
        state=DisputeState.INQUIRY,
        reason=facts.reason,
        amount=facts.amount,
        currency=facts.currency,
        opened_at=facts.opened_at,
    )
    db.session.add(dispute)
    db.session.flush()
    return dispute


def _renew(dispute: CardDispute, facts: DisputeFacts) -> None:
    dispute.due_at = facts.due_at
    if facts.is_answered and dispute.answered_at is None:
        dispute.answered_at = facts.occurred_at
    db.session.flush()


def _follow_money(dispute: CardDispute, facts: DisputeFacts) -> bool:
    """Book what the provider took or gave back, each movement once; tell whether any was new."""
    known = {each.provider_reference for each in queries.list_movements(dispute)}
    fresh = [each for each in facts.movements if each.reference not in known]
    for each in fresh:
        moved = CardDisputeMovement(
            id=new_id(),
            dispute_id=dispute.id,
            provider_reference=each.reference,
            amount=each.amount,
            fee=each.fee,
            currency=each.currency,
            moved_at=each.occurred_at,
        )
        db.session.add(moved)
        db.session.flush()
        if each.currency == CURRENCY:
            journal.post([dispute_entries.dispute_moved(moved.id, dispute.provider, each.amount)])
            if each.amount > 0 and dispute.state is DisputeState.LOST:
                losing.keep_what_came_back(moved.id, each.amount)
    return bool(fresh)


def _enter(
    dispute: CardDispute,
    state: DisputeState,
    facts: DisputeFacts,
    attempt: PaymentAttempt,
    orders: Sequence[Order],
) -> None:
    before = dispute.state
    dispute.state = state
    dispute.ended_at = clock.now() if state in _ENDS else None
    _renew(dispute, facts)
    if _RANK[state] >= _RANK[DisputeState.NEEDS_RESPONSE] > _RANK[before]:
        _hold(dispute, attempt, orders)
        _tell(dispute, EventKind.DISPUTE_OPENED)
    if state is DisputeState.LOST:
        losing.lose(dispute, attempt, orders)
        _tell(dispute, EventKind.DISPUTE_LOST)
    elif state is DisputeState.WON and before is not DisputeState.LOST:
        _let_go(dispute, orders)
        _tell(dispute, EventKind.DISPUTE_WON)
    audit.record(
        f"card_dispute.{state}", "card_dispute", dispute.id, actor=SYSTEM,
        after={"trade_id": str(dispute.trade_id), "amount": dispute.amount},
    )  # fmt: skip


def _hold(dispute: CardDispute, attempt: PaymentAttempt, orders: Sequence[Order]) -> None:
    """Fix which lines are disputed; of what is payable already, hold the disputed part."""
    if attempt.outcome is not PaymentOutcome.ACCEPTED or dispute.currency != CURRENCY:
        return
    for share in share_out(orders, dispute.amount):
        line = CardDisputeLine(
            id=new_id(),
            cooperative_id=share.order.cooperative_id,
            dispute_id=dispute.id,
            order_id=share.order.id,
            order_line_id=share.order_line_id,
            goods_fen=share.goods_fen,
            freight_fen=share.freight_fen,
            coupon_fen=0,
            is_held=share.order.state is OrderState.COMPLETED,
            ending_id=new_id(),
        )
        db.session.add(line)
        db.session.flush()
        if line.is_held:
            journal.post([dispute_entries.dispute_held(line.id, _total(line))])
            recording.record_dispute(
                share.order, line.order_line_id, cause_id=line.id, entry_kind="dispute_held",
                correction_fen=-line.amount_fen,
            )  # fmt: skip


def _let_go(dispute: CardDispute, orders: Sequence[Order]) -> None:
    """Won: what was held is payable again."""
    by_id = {order.id: order for order in orders}
    for line in queries.list_lines(dispute):
        if line.is_held:
            journal.post([dispute_entries.dispute_released(line.ending_id, _total(line))])
            recording.record_dispute(
                by_id[line.order_id], line.order_line_id, cause_id=line.ending_id,
                entry_kind="dispute_released",
                correction_fen=line.amount_fen,
            )  # fmt: skip


def _tell(dispute: CardDispute, kind: EventKind) -> None:
    """Tell each cooperative what of the dispute is its own: a trade has one order of each."""
    own: dict[uuid.UUID, list[CardDisputeLine]] = {}
    for line in queries.list_lines(dispute):
        own.setdefault(line.cooperative_id, []).append(line)
    for cooperative_id, lines in own.items():
        announce(
            kind,
            subject_id=dispute.id,
            cooperative_id=cooperative_id,
            facts={
                "order_id": lines[0].order_id,
                "amount_fen": sum(line.amount_fen for line in lines),
                "held_fen": sum(line.amount_fen for line in lines if line.is_held),
            },
        )


def _total(line: CardDisputeLine) -> journal.OrderTotal:
    return journal.OrderTotal(
        order_id=line.order_id, cooperative_id=line.cooperative_id, amount_fen=line.amount_fen
    )


def require_answerable(dispute_id: uuid.UUID) -> CardDispute:
    """Return a dispute that evidence may be sent for; raises DisputeNotAnswerable."""
    dispute = queries.get_dispute(dispute_id)
    is_late = dispute.due_at is not None and dispute.due_at < clock.now()
    if dispute.state not in ANSWERABLE or dispute.answered_at is not None or is_late:
        raise DisputeNotAnswerable
    return dispute


def record_answer(actor: Actor, dispute_id: uuid.UUID, *, digests: Sequence[str]) -> None:
    """Write who sent evidence; what it said stays with the provider, it may name persons."""
    dispute = queries.get_dispute(dispute_id)
    dispute.answered_at = clock.now()
    dispute.answered_by = actor.account_id
    db.session.flush()
    audit.record(
        "card_dispute.answered", "card_dispute", dispute.id, actor=actor,
        after={"digests": list(digests)},
    )  # fmt: skip
