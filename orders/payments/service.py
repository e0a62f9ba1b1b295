"""Paying: attempts start, news about them is settled, and money that cannot be kept goes back.

Whatever brings the news (the provider's answer, its notice, or our own look-up) ends in
``settle_payment``: it may come twice, late and in any order, and leaves the same state.
Nothing here talks to a provider; ``calls.py`` does, between transactions.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Update, case, func, update
from sqlalchemy.dialects.postgresql import Insert, insert

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id, new_number
from orders.journal import entries
from orders.journal import service as journal
from orders.payments import queries, refunds
from orders.payments.errors import TradeNotPayable
from orders.payments.models import (
    CURRENCY,
    OPEN_STATES,
    PaymentAttempt,
    PaymentEvent,
    PaymentOutcome,
    PaymentState,
    RefundReason,
)
from orders.payments.provider import Event, Opened, PaymentFacts, PaymentStanding, RefundFacts
from orders.payments.refunds import request_refund
from orders.trades.service import PaidOutcome, mark_trade_paid
from orders.trades.states import TradeState

__all__ = [
    "claim_poll",
    "create_attempt",
    "record_ended",
    "record_opened",
    "request_refund",
    "settle_event",
    "settle_payment",
]

log = logging.getLogger(__name__)

NUMBER_PREFIX = "FK"
FIRST_POLL_AFTER = timedelta(seconds=20)
LONGEST_POLL_PAUSE = timedelta(hours=1)

_RANK = {state: rank for rank, state in enumerate(PaymentState)}
_STATE_OF = {
    PaymentStanding.PENDING: PaymentState.PENDING,
    PaymentStanding.FAILED: PaymentState.FAILED,
    PaymentStanding.CLOSED: PaymentState.CLOSED,
    PaymentStanding.SUCCEEDED: PaymentState.SUCCEEDED,
}


def create_attempt(
    actor: Actor,
    trade_id: uuid.UUID,
    provider: str,
    *,
    method: str = "",
    payment_method: str | None = None,
) -> PaymentAttempt:
    """Write the intention to have a trade paid by a provider, or return the one not decided yet.

    A reload or a second click goes on with the same attempt. Raises TradeNotFound,
    TradeNotPayable.
    """
    trade = queries.lock_payable_trade(actor, trade_id)
    now = clock.now()
    if trade.state is not TradeState.OPEN or trade.expires_at <= now or trade.total_fen == 0:
        raise TradeNotPayable(trade_state=trade.state)
    attempt = queries.find_open_attempt(trade, provider, method)
    if attempt is not None:
        return attempt
    attempt_id = new_id()
    audited = audit.entry(
        "payment.started", "payment", attempt_id, actor=actor,
        after={"trade_id": str(trade.id), "provider": provider, "amount_fen": trade.total_fen},
    )  # fmt: skip
    statement = (
        insert(PaymentAttempt)
        .values(
            id=attempt_id,
            account_id=trade.account_id,
            trade_id=trade.id,
            payment_no=new_number(NUMBER_PREFIX),
            provider=provider,
            method=method,
            payment_method=payment_method,
            state=PaymentState.CREATED,
            amount_fen=trade.total_fen,
            captured=0,
            refunded=0,
            created_at=now,
            polls=0,
            next_poll_at=now + FIRST_POLL_AFTER,
        )
        .returning(PaymentAttempt)
        .add_cte(insert(audit.AuditEntry).values(audited).cte("audited"))
    )
    return db.session.scalars(statement).one()


def record_opened(attempt_id: uuid.UUID, opened: Opened) -> None:
    """Write the provider's answer; news of the payment may have overtaken it."""
    created = PaymentAttempt.state == PaymentState.CREATED
    db.session.execute(
        update(PaymentAttempt)
        .where(PaymentAttempt.id == attempt_id)
        .values(
            provider_reference=func.coalesce(
                PaymentAttempt.provider_reference, opened.provider_reference
            ),
            redirect_url=opened.redirect_url,
            qr_code=opened.qr_code,
            state=case((created, PaymentState.PENDING), else_=PaymentAttempt.state),
        )
        .execution_options(synchronize_session=False)
    )
    _forget()


def record_ended(attempt_id: uuid.UUID, state: PaymentState) -> None:
    """Write that a payment ended without money: refused by the provider, or unknown to it."""
    attempt = queries.lock_attempt(attempt_id)
    if attempt is not None and attempt.state in OPEN_STATES:
        attempt.state = state
        attempt.ended_at = clock.now()
        db.session.flush()


def claim_poll(attempt_id: uuid.UUID) -> PaymentAttempt | None:
    """Take the turn to ask the provider, and put off the next; None if there is nothing to ask."""
    attempt = queries.lock_attempt(attempt_id)
    if attempt is None or attempt.state not in OPEN_STATES:
        return None
    pause = min(FIRST_POLL_AFTER * 2**attempt.polls, LONGEST_POLL_PAUSE)
    attempt.polls = min(attempt.polls + 1, 30)
    attempt.next_poll_at = clock.now() + pause
    db.session.flush()
    return attempt


def settle_event(provider: str, event: Event) -> str:
    """Give a verified notice its effect and keep it in the inbox, once; returns what it did.

    The effect comes first: a repeat that runs beside the first waits for the attempt's lock and
    then finds nothing left to do, and its inbox row meets the unique key.
    """
    facts = event.facts
    if isinstance(facts, PaymentFacts):
        return settle_payment(provider, facts, inbox=lambda effect: _inbox(provider, event, effect))
    effect = "noted" if facts is None else refunds.settle_refund(provider, facts)
    _write(_inbox(provider, event, effect))
    return effect


def settle_payment(
    provider: str, facts: PaymentFacts, *, inbox: Callable[[str], Insert] | None = None
) -> str:
    """Bring an attempt to where its provider says it stands; returns the effect in a word.

    News that ranks no higher than what is known changes nothing, so that any order of arrival
    ends the same: success outranks closed, which outranks failed, which outranks pending.
    ``inbox`` makes the row that keeps the notice, given the effect.
    """
    attempt = queries.lock_attempt(facts.attempt_id)
    values: dict[str, object] = {}
    if attempt is None or attempt.provider != provider:
        log.error("news of an unknown payment", extra={"attempt_id": str(facts.attempt_id)})
        effect, attempt = "unknown", None
    elif attempt.provider_reference not in (None, facts.provider_reference):
        log.error("news under another reference", extra={"attempt_id": str(attempt.id)})
        effect = "other_reference"
    elif _RANK[_STATE_OF[facts.standing]] <= _RANK[attempt.state]:
        effect = "repeated"
        values = {"provider_reference": facts.provider_reference}
    elif facts.standing is PaymentStanding.SUCCEEDED:
        return _settle_success(attempt, facts, inbox)
    else:
        effect = _STATE_OF[facts.standing]
        is_over = effect != PaymentState.PENDING
        values = {
            "provider_reference": facts.provider_reference,
            "state": effect,
            "ended_at": clock.now() if is_over else None,
        }
    _write(
        *([_update(attempt, values)] if attempt is not None and values else []),
        *([inbox(effect)] if inbox is not None else []),
    )
    return effect


def _settle_success(
    attempt: PaymentAttempt, facts: PaymentFacts, inbox: Callable[[str], Insert] | None
) -> str:
    """Money came in: it pays the trade, or all of it goes back by itself."""
    paid_at = _moment_of_payment(attempt, facts)
    outcome = _judge(attempt, facts, paid_at)
    values = {
        "provider_reference": facts.provider_reference,
        "state": PaymentState.SUCCEEDED,
        "outcome": outcome,
        "captured": facts.amount,
        "captured_currency": facts.currency,
        "succeeded_at": paid_at,
        "ended_at": clock.now(),
    }
    audited = audit.entry(
        "payment.succeeded", "payment", attempt.id, actor=SYSTEM,
        after={"outcome": outcome, "captured": facts.amount, "currency": facts.currency},
    )  # fmt: skip
    _write(
        _update(attempt, values),
        insert(audit.AuditEntry).values(audited),
        *([inbox(outcome)] if inbox is not None else []),
    )
    if outcome is not PaymentOutcome.ACCEPTED:
        refunds.return_payment(attempt, RefundReason(outcome))
    return outcome


def _judge(attempt: PaymentAttempt, facts: PaymentFacts, paid_at: datetime) -> PaymentOutcome:
    """Say what becomes of the money, and book it: its arrival, and the trade that it pays."""
    if facts.currency != CURRENCY:
        # The journal is kept in yuan; foreign money passes through the provider and back unbooked.
        return PaymentOutcome.OTHER_CURRENCY
    captured = entries.payment_captured(attempt.id, attempt.provider, facts.amount)
    outcome = PaymentOutcome.WRONG_AMOUNT
    if facts.amount == attempt.amount_fen:
        paid = mark_trade_paid(
            attempt.trade_id, attempt_id=attempt.id, paid_at=paid_at, captured=captured
        )
        if paid is PaidOutcome.ACCEPTED:
            return PaymentOutcome.ACCEPTED
        repeated = paid is PaidOutcome.REPEATED
        outcome = PaymentOutcome.ACCEPTED if repeated else PaymentOutcome(paid)
    journal.post([captured])
    return outcome


def _inbox(provider: str, event: Event, effect: str) -> Insert:
    facts = event.facts
    subject_id = facts.attempt_id if isinstance(facts, PaymentFacts) else None
    if isinstance(facts, RefundFacts):
        subject_id = facts.refund_id
    return (
        insert(PaymentEvent)
        .values(
            id=new_id(),
            provider=provider,
            event_id=event.event_id,
            kind=event.kind,
            subject_id=subject_id,
            facts={} if facts is None else _as_json(asdict(facts)),
            effect=effect,
            received_at=clock.now(),
        )
        .on_conflict_do_nothing()
    )


def _update(attempt: PaymentAttempt, values: dict[str, object]) -> Update:
    return update(PaymentAttempt).where(PaymentAttempt.id == attempt.id).values(values)


def _write(*statements: Insert | Update) -> None:
    """Run statements that do not depend on each other as one, in one round trip."""
    if not statements:
        return
    *others, last = statements
    for number, other in enumerate(others):
        last = last.add_cte(other.cte(f"beside_{number}"))
    db.session.connection().execute(last)
    _forget()


def _forget() -> None:
    """Expire loaded attempts, which a statement has changed behind the session."""
    for loaded in list(db.session.identity_map.values()):
        if isinstance(loaded, PaymentAttempt):
            db.session.expire(loaded)


def _moment_of_payment(attempt: PaymentAttempt, facts: PaymentFacts) -> datetime:
    """The provider's moment, which decides the day of the sale, kept within what is possible."""
    return min(max(facts.occurred_at, attempt.created_at), max(clock.now(), attempt.created_at))


def _as_json(values: dict[str, object]) -> dict[str, object]:
    return {
        name: value if isinstance(value, int | str) or value is None else str(value)
        for name, value in values.items()
    }
