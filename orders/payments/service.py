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
from functools import partial
from typing import Any

import orjson

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id, new_number
from marketplace.statements import Part, fetch_one, write_together
from orders.card_disputes import service as disputes
from orders.journal import entries
from orders.journal import service as journal
from orders.payments import queries, refunds, statements
from orders.payments.errors import TradeNotPayable
from orders.payments.models import (
    CURRENCY,
    OPEN_STATES,
    PaymentAttempt,
    PaymentOutcome,
    PaymentState,
    RefundReason,
)
from orders.payments.provider import (
    DisputeFacts,
    Event,
    Opened,
    PaymentFacts,
    PaymentStanding,
    TransferFacts,
)
from orders.payments.refunds import request_refund
from orders.payments.statements import attempt_of
from orders.receivables.repaying import can_take, repay
from orders.trades.queries import lock_trade_to_pay
from orders.trades.service import PaidOutcome, mark_trade_paid
from orders.trades.states import TradeState
from orders.transfers import service as transfers

__all__ = [
    "begin_attempt",
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
    begun = begin_attempt(actor, trade_id, provider, method=method, payment_method=payment_method)
    return queries.get_attempt(begun.id)


def begin_attempt(
    actor: Actor,
    trade_id: uuid.UUID,
    provider: str,
    *,
    method: str = "",
    payment_method: str | None = None,
) -> PaymentAttempt:
    """Do what ``create_attempt`` does; the attempt returned is not followed by the session."""
    trade = lock_trade_to_pay(actor, trade_id)
    now = clock.now()
    if trade.state != TradeState.OPEN or trade.expires_at <= now or trade.total_fen == 0:
        raise TradeNotPayable(trade_state=trade.state)
    attempt_id = new_id()
    audited = audit.entry(
        "payment.started", "payment", attempt_id, actor=actor,
        after={"trade_id": str(trade.id), "provider": provider, "amount_fen": trade.total_fen},
    )  # fmt: skip
    values = {
        "id": attempt_id,
        "account_id": trade.account_id,
        "trade_id": trade.id,
        "payment_no": new_number(NUMBER_PREFIX),
        "provider": provider,
        "method": method,
        "payment_method": payment_method,
        "amount_fen": trade.total_fen,
        "created_at": now,
        "next_poll_at": now + FIRST_POLL_AFTER,
        "audited": orjson.dumps(audited).decode(),
    }
    return attempt_of(fetch_one(statements.CREATE, values))


def record_opened(attempt_id: uuid.UUID, opened: Opened) -> PaymentAttempt:
    """Write the provider's answer; news of the payment may have overtaken it.

    Returns the attempt as it stands; it is not followed by the session.
    """
    row = fetch_one(statements.OPENED, {"attempt_id": attempt_id, **asdict(opened)})
    _forget()
    return attempt_of(row)


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
    inbox = partial(statements.keeping, provider, event)
    if isinstance(facts, PaymentFacts):
        return settle_payment(provider, facts, inbox=inbox)
    if facts is None:
        effect = "noted"
    elif isinstance(facts, DisputeFacts):
        effect = disputes.settle_dispute(provider, facts)
    elif isinstance(facts, TransferFacts):
        effect = transfers.settle_transfer(provider, facts)
    else:
        effect = refunds.settle_refund(provider, facts)
    write_together(inbox(effect))
    return effect


def settle_payment(
    provider: str, facts: PaymentFacts, *, inbox: Callable[[str], Part] | None = None
) -> str:
    """Bring an attempt to where its provider says it stands; returns the effect in a word.

    News that ranks no higher than what is known changes nothing, so that any order of arrival
    ends the same: success outranks closed, which outranks failed, which outranks pending.
    ``inbox`` makes the row that keeps the notice, given the effect.
    """
    attempt = queries.lock_attempt_facts(facts.attempt_id)
    values: dict[str, Any] = {}
    if attempt is None or attempt.provider != provider:
        log.error("news of an unknown payment", extra={"attempt_id": str(facts.attempt_id)})
        effect = "unknown"
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
    parts = [statements.changing(facts.attempt_id, values)] if values else []
    parts += [inbox(effect)] if inbox is not None else []
    if parts:
        write_together(*parts)
        _forget()
    return effect


def _settle_success(attempt: Any, facts: PaymentFacts, inbox: Callable[[str], Part] | None) -> str:
    """Money came in: it pays the trade, or all of it goes back by itself.

    The attempt, its audit row and the notice are written in one statement with what they bring
    about: the booking of the money's arrival, and the trade that it pays.
    """
    paid_at = _moment_of_payment(attempt, facts)
    write = partial(_success, attempt, facts, inbox, paid_at)
    captured, outcome = None, PaymentOutcome.OTHER_CURRENCY
    # The journal is kept in yuan; foreign money passes through the provider and back unbooked.
    if facts.currency == CURRENCY:
        captured = entries.payment_captured(attempt.id, attempt.provider, facts.amount)
        outcome = PaymentOutcome.WRONG_AMOUNT
    if captured is not None and facts.amount == attempt.amount_fen:
        paid = mark_trade_paid(
            attempt.trade_id, attempt_id=attempt.id, paid_at=paid_at, captured=captured,
            audited=[_succeeded(attempt, facts, PaymentOutcome.ACCEPTED)],
            beside=write(PaymentOutcome.ACCEPTED),
        )  # fmt: skip
        if paid is PaidOutcome.ACCEPTED:
            _forget()
            return PaymentOutcome.ACCEPTED
        repeated = paid is PaidOutcome.REPEATED
        outcome = PaymentOutcome.ACCEPTED if repeated else PaymentOutcome(paid)
        if paid is PaidOutcome.SECOND_SUCCESS and can_take(attempt.trade_id, facts.amount):
            outcome = PaymentOutcome.REPAID
    posting = journal.posting([captured]) if captured is not None else None
    audited = audit.writing([_succeeded(attempt, facts, outcome)])
    write_together(*([posting] if posting else []), audited, *write(outcome))
    _forget()
    if outcome is PaymentOutcome.REPAID:
        repay(attempt.trade_id, attempt.id, facts.amount, paid_at)
    elif outcome is not PaymentOutcome.ACCEPTED:
        refunds.return_payment(queries.get_attempt(attempt.id), RefundReason(outcome))
    return outcome


def _success(
    attempt: Any,
    facts: PaymentFacts,
    inbox: Callable[[str], Part] | None,
    paid_at: datetime,
    outcome: PaymentOutcome,
) -> list[Part]:
    values = {
        "provider_reference": facts.provider_reference,
        "state": PaymentState.SUCCEEDED,
        "outcome": outcome,
        "captured": facts.amount,
        "captured_currency": facts.currency,
        "succeeded_at": paid_at,
        "ended_at": clock.now(),
    }
    parts = [statements.changing(attempt.id, values)]
    return [*parts, inbox(outcome)] if inbox is not None else parts


def _succeeded(attempt: Any, facts: PaymentFacts, outcome: PaymentOutcome) -> dict[str, Any]:
    return audit.entry(
        "payment.succeeded", "payment", attempt.id, actor=SYSTEM,
        after={"outcome": outcome, "captured": facts.amount, "currency": facts.currency},
    )  # fmt: skip


def _forget() -> None:
    """Expire loaded attempts, which a statement has changed behind the session."""
    for loaded in list(db.session.identity_map.values()):
        if isinstance(loaded, PaymentAttempt):
            db.session.expire(loaded)


def _moment_of_payment(attempt: Any, facts: PaymentFacts) -> datetime:
    """The provider's moment, which decides the day of the sale, kept within what is possible."""
    created_at: datetime = attempt.created_at
    return min(max(facts.occurred_at, created_at), max(clock.now(), created_at))
