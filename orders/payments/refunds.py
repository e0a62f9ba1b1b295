"""Giving money back: requested in the transaction of its cause, sent later, settled when known.

An attempt keeps the sum of its refunds in a column that a guarded update raises, so fifty
refunds at once cannot together exceed what came in.
"""

import logging
import uuid
from datetime import timedelta

from sqlalchemy import select, update

from marketplace import audit, clock, jobs
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id, new_number
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from orders.aftersales.finishing import finish_case, reopen_case
from orders.card_disputes.errors import PaymentDisputed
from orders.card_disputes.queries import is_unrefundable
from orders.coupons.subsidies import take_back_subsidy
from orders.journal import entries
from orders.journal import queries as journal_queries
from orders.journal import service as journal
from orders.journal.models import EntryKind
from orders.payments import queries
from orders.payments.errors import RefundExceedsCapture, TradeNotPaid
from orders.payments.models import (
    CURRENCY,
    PaymentAttempt,
    Refund,
    RefundReason,
    RefundReturn,
    RefundState,
)
from orders.payments.provider import RefundFacts, RefundStanding
from orders.settlements import recording
from orders.trades.models import Order

log = logging.getLogger(__name__)

NUMBER_PREFIX = "TK"
FIRST_TRY_AGAIN_AFTER = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
SEND_JOB = "orders.send_refund"

_RANK = {state: rank for rank, state in enumerate(RefundState)}
_STATE_OF = {
    RefundStanding.PENDING: RefundState.SENT,
    RefundStanding.FAILED: RefundState.FAILED,
    RefundStanding.SUCCEEDED: RefundState.SUCCEEDED,
}


def request_refund(order: Order, *, amount_fen: int, cause_id: uuid.UUID, actor: Actor) -> Refund:
    """Owe the buyer part of a paid order's money and have it sent back the way it came.

    ``cause_id`` is the after-sales case; a second request for it returns the first refund.
    Raises TradeNotPaid, PaymentDisputed, RefundExceedsCapture.
    """
    attempt = queries.lock_paying_attempt(order.account_id, order.trade_id)
    if attempt is None:
        raise TradeNotPaid
    earlier = _find_by_cause(attempt.account_id, RefundReason.AFTERSALES, cause_id)
    if earlier is not None:
        return earlier
    if is_unrefundable(attempt.id):
        raise PaymentDisputed
    refund = _add(attempt, RefundReason.AFTERSALES, cause_id, amount_fen, CURRENCY)
    refund.cooperative_id = order.cooperative_id
    refund.order_id = order.id
    refund.coupon_fen = take_back_subsidy(order, cause_id)
    db.session.flush()
    is_due = journal_queries.is_booked(EntryKind.ORDER_COMPLETED, order.id)
    owed = journal.OrderTotal(
        order_id=order.id,
        cooperative_id=order.cooperative_id,
        amount_fen=amount_fen,
        coupon_fen=refund.coupon_fen,
    )
    journal.post([entries.refund_agreed(refund.id, owed, is_due=is_due)])
    if is_due:
        recording.record_late_refund(
            order,
            refund_id=refund.id,
            case_id=cause_id,
            amount_fen=amount_fen + refund.coupon_fen,
        )
    audit.record(
        "refund.requested", "refund", refund.id, actor=actor,
        after={"order_id": str(order.id), "amount_fen": amount_fen},
    )  # fmt: skip
    return refund


def return_payment(attempt: PaymentAttempt, reason: RefundReason) -> None:
    """Send back all of a payment that cannot be kept. The caller holds the attempt's lock."""
    currency = attempt.captured_currency or CURRENCY
    refund = _add(attempt, reason, attempt.id, attempt.captured, currency)
    db.session.flush()
    audit.record(
        "refund.requested", "refund", refund.id, actor=SYSTEM,
        after={"reason": reason, "amount": refund.amount, "currency": currency},
    )  # fmt: skip


def return_part(
    attempt: PaymentAttempt, reason: RefundReason, *, cause_id: uuid.UUID, amount: int
) -> None:
    """Send back a part of a payment that was kept, as it came; once for each cause."""
    if _find_by_cause(attempt.account_id, reason, cause_id) is not None:
        return
    refund = _add(attempt, reason, cause_id, amount, attempt.captured_currency or CURRENCY)
    db.session.flush()
    audit.record(
        "refund.requested", "refund", refund.id, actor=SYSTEM,
        after={"reason": reason, "amount": amount},
    )  # fmt: skip


def _add(
    attempt: PaymentAttempt, reason: RefundReason, cause_id: uuid.UUID, amount: int, currency: str
) -> Refund:
    _reserve(attempt, amount)
    now = clock.now()
    refund = Refund(
        id=new_id(),
        account_id=attempt.account_id,
        attempt_id=attempt.id,
        refund_no=new_number(NUMBER_PREFIX),
        reason=reason,
        cause_id=cause_id,
        state=RefundState.REQUESTED,
        amount=amount,
        currency=currency,
        requested_at=now,
        next_try_at=now + FIRST_TRY_AGAIN_AFTER,
    )
    db.session.add(refund)
    jobs.enqueue(jobs.queue.tasks[SEND_JOB], refund_id=str(refund.id))
    return refund


def _reserve(attempt: PaymentAttempt, amount: int) -> None:
    """Raise the attempt's sum of refunds, unless that would be more than came in."""
    raised = db.session.execute(
        update(PaymentAttempt)
        .where(
            PaymentAttempt.account_id == attempt.account_id,
            PaymentAttempt.id == attempt.id,
            PaymentAttempt.captured - PaymentAttempt.refunded >= amount,
        )
        .values(refunded=PaymentAttempt.refunded + amount)
        .returning(PaymentAttempt.refunded)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.expire(attempt, ["refunded"])
    if raised is None:
        raise RefundExceedsCapture(left_fen=attempt.captured - attempt.refunded)


def _find_by_cause(
    account_id: uuid.UUID, reason: RefundReason, cause_id: uuid.UUID
) -> Refund | None:
    return db.session.scalar(
        select(Refund).where(
            Refund.account_id == account_id,
            Refund.reason == reason,
            Refund.cause_id == cause_id,
        )
    )


def claim_refund(refund_id: uuid.UUID) -> Refund | None:
    """Take the turn to ask the provider, and put off the next; None if it is decided."""
    refund = queries.lock_refund(refund_id)
    if refund is None or refund.state not in (RefundState.REQUESTED, RefundState.SENT):
        return None
    pause = min(FIRST_TRY_AGAIN_AFTER * 2**refund.tries, LONGEST_PAUSE)
    refund.tries = min(refund.tries + 1, 30)
    refund.next_try_at = clock.now() + pause
    db.session.flush()
    return refund


def settle_refund(provider: str, facts: RefundFacts) -> str:
    """Bring a refund to where its provider says it stands; repeats and old news change nothing.

    One that failed has failed for good under that reference, also after it had succeeded: then its
    money came back and is owed again. News of its success may still arrive after that.
    """
    refund = queries.lock_refund(facts.refund_id)
    attempt = None if refund is None else db.session.get(PaymentAttempt, refund.attempt_id)
    if refund is None or attempt is None or attempt.provider != provider:
        log.error("news of an unknown refund", extra={"refund_id": str(facts.refund_id)})
        return "unknown"
    if (facts.amount, facts.currency) != (refund.amount, refund.currency):
        log.error("news of a refund of another amount", extra={"refund_id": str(refund.id)})
        return "other_amount"
    state = _STATE_OF[facts.standing]
    is_same = facts.provider_reference == refund.provider_reference
    if refund.state is RefundState.SUCCEEDED and state is RefundState.FAILED and is_same:
        return _take_back(refund, attempt, facts)
    is_over = facts.provider_reference in refund.given_up_references or (
        refund.state is RefundState.FAILED and is_same
    )
    if is_over or _RANK[state] <= _RANK[refund.state]:
        return "repeated"
    refund.state = state
    refund.failure = facts.failure
    refund.provider_reference = facts.provider_reference
    refund.ended_at = None if state is RefundState.SENT else clock.now()
    db.session.flush()
    if state is RefundState.SUCCEEDED:
        _book_paid(refund, attempt)
    elif state is RefundState.FAILED:
        _tell(refund)
    return state


def _take_back(refund: Refund, attempt: PaymentAttempt, facts: RefundFacts) -> str:
    """Owe a refund again whose money came back to us; a person sends it another way."""
    returned = RefundReturn(
        id=new_id(),
        account_id=refund.account_id,
        refund_id=refund.id,
        provider_reference=facts.provider_reference,
        amount=refund.amount,
        currency=refund.currency,
        came_back_at=clock.now(),
    )
    db.session.add(returned)
    refund.state = RefundState.FAILED
    refund.failure = facts.failure
    refund.ended_at = returned.came_back_at
    db.session.flush()
    if refund.currency == CURRENCY:
        journal.post([entries.refund_returned(returned.id, attempt.provider, refund.amount)])
    if refund.reason is RefundReason.AFTERSALES:
        reopen_case(refund.cause_id)
    audit.record(
        "refund.returned", "refund", refund.id, actor=SYSTEM,
        after={"amount": refund.amount, "failure": refund.failure},
    )  # fmt: skip
    _tell(refund)
    log.warning("a refund came back", extra={"refund_id": str(refund.id)})
    return "returned"


def record_refused(refund_id: uuid.UUID, why: str) -> None:
    """Write that the provider refuses a refund: a person must settle what is owed."""
    refund = queries.lock_refund(refund_id)
    if refund is not None and refund.state in (RefundState.REQUESTED, RefundState.SENT):
        refund.state = RefundState.FAILED
        refund.failure = why[:500]
        refund.ended_at = clock.now()
        db.session.flush()
        audit.record(
            "refund.failed", "refund", refund.id, actor=SYSTEM, after={"failure": refund.failure}
        )
        _tell(refund)


def try_again(refund: Refund) -> None:
    """Ask the provider anew for a refund (locked) that it refused; old refusals count no more."""
    _give_up_reference(refund)
    refund.state = RefundState.REQUESTED
    refund.failure = None
    refund.ended_at = None
    refund.rounds += 1
    refund.tries = 0
    refund.next_try_at = clock.now() + FIRST_TRY_AGAIN_AFTER
    db.session.flush()
    jobs.enqueue(jobs.queue.tasks[SEND_JOB], refund_id=str(refund.id))


def _give_up_reference(refund: Refund) -> None:
    if refund.provider_reference is not None:
        refund.given_up_references = [*refund.given_up_references, refund.provider_reference]
        refund.provider_reference = None


def pay_otherwise(refund: Refund) -> None:
    """End a refused refund (locked) whose money reached the buyer past the provider."""
    _give_up_reference(refund)
    refund.state = RefundState.SUCCEEDED
    refund.ended_at = clock.now()
    db.session.flush()
    _book_paid(refund, queries.get_attempt(refund.attempt_id))


def _book_paid(refund: Refund, attempt: PaymentAttempt) -> None:
    if refund.currency == CURRENCY:
        # It may have been paid before and have come back; each payment is booked under a cause.
        returned = queries.find_last_return(refund)
        cause_id = refund.id if returned is None else returned.id
        journal.post([entries.refund_paid(cause_id, attempt.provider, refund.amount)])
    _tell(refund)
    if refund.reason is RefundReason.AFTERSALES:
        finish_case(refund.cause_id)


def _tell(refund: Refund) -> None:
    """Announce how a refund ended; what the provider said of it stays inside."""
    order = db.session.get(Order, refund.order_id) if refund.order_id else None
    announce(
        EventKind(f"refund.{refund.state}"),
        subject_id=refund.id,
        account_id=refund.account_id,
        cooperative_id=refund.cooperative_id,
        buying_unit_id=order.buying_unit_id if order else None,
        facts={
            "state": refund.state,
            "reason": refund.reason,
            "order_id": refund.order_id,
            "amount": refund.amount,
            "currency": refund.currency,
        },
    )
