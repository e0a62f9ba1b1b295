"""Paying a trade by bank transfer: announced by the buyer, received by two officers' word.

The money takes the one path to paid: an attempt collects its shares of bank entries, and is settled
when they make up its amount, or when its trade is over. Whoever gives a trade money or ends its
attempt locks the trade first, then the attempt.
"""

import uuid
from datetime import timedelta

from flask import current_app
from sqlalchemy import insert, text

from config.settings import Settings
from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id, new_number
from marketplace.working_days.counting import end_of_working_day
from orders.payments import queries as payment_queries
from orders.payments import service as payments
from orders.payments.bank_transfer import queries
from orders.payments.bank_transfer.errors import TooManyTransfersWaiting, TransferNotOffered
from orders.payments.bank_transfer.models import TransferReference, TransferShare
from orders.payments.bank_transfer.queries import PROVIDER
from orders.payments.bank_transfer.references import new_code
from orders.payments.models import CURRENCY, OPEN_STATES, PaymentAttempt, PaymentState
from orders.payments.provider import (
    Opened,
    PaymentFacts,
    PaymentStanding,
    ProviderUnreachable,
)
from orders.receivables import queries as receivables
from orders.trades.models import Trade
from orders.trades.states import TradeState

# Each holds stock for days.
MAX_WAITING = 20
_NEVER = timedelta(days=3650)


def is_offered(trade: Trade) -> bool:
    """Tell whether a trade may be paid by transfer: a unit's, or anybody's where the shop says so."""
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.bank_account_no or trade.total_fen == 0:
        return False
    return settings.bank_transfer_for_persons or queries.is_for_unit(trade)


def start_transfer(actor: Actor, trade_id: uuid.UUID) -> PaymentAttempt:
    """Announce that a trade will be paid by transfer: it gets a code, and days to be paid in.

    Again: the same attempt and code; the days begin once. Raises TradeNotFound, TradeNotPayable,
    TransferNotOffered, TooManyTransfersWaiting.
    """
    trade = payment_queries.lock_payable_trade(actor, trade_id)
    if not is_offered(trade):
        raise TransferNotOffered
    _queue_behind_others_of(trade.account_id)
    attempt = payments.create_attempt(actor, trade_id, PROVIDER)
    if attempt.state is not PaymentState.CREATED:
        return attempt
    if queries.count_waiting(trade.account_id) > MAX_WAITING:
        raise TooManyTransfersWaiting
    reference = _announce(actor, trade)
    payments.record_opened(
        attempt.id,
        Opened(provider_reference=_provider_reference(reference.code, attempt), redirect_url=None),
    )
    db.session.refresh(attempt)
    return attempt


def _queue_behind_others_of(account_id: uuid.UUID) -> None:
    db.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('bank_transfer'), hashtext(:account))"),
        {"account": str(account_id)},
    )


def _provider_reference(code: str, attempt: PaymentAttempt) -> str:
    # A trade has one code but may have several attempts, each known under one reference.
    return f"{code}/{attempt.payment_no}"


def ensure_reference(trade: Trade) -> TransferReference:
    """Return the code of a trade, made at its first use."""
    found = queries.find_reference(trade)
    if found is not None:
        return found
    reference = TransferReference(
        id=new_id(),
        account_id=trade.account_id,
        trade_id=trade.id,
        code=new_code(),
        opened_at=clock.now(),
    )
    db.session.add(reference)
    db.session.flush()
    return reference


def _announce(actor: Actor, trade: Trade) -> TransferReference:
    """Give a trade its code and, with it, days to be paid in."""
    found = queries.find_reference(trade)
    if found is not None:
        return found
    reference = ensure_reference(trade)
    now = clock.now()
    settings: Settings = current_app.config["SETTINGS"]
    payable_until = end_of_working_day(now, settings.bank_transfer_working_days)
    before, trade.expires_at = trade.expires_at, max(trade.expires_at, payable_until)
    db.session.flush()
    audit.record(
        "trade.payable_longer", "trade", trade.id, actor=actor,
        before={"expires_at": before.isoformat()},
        after={"expires_at": trade.expires_at.isoformat()},
    )  # fmt: skip
    return reference


def receive(trade_id: uuid.UUID, bank_entry_id: uuid.UUID, amount_fen: int) -> None:
    """Give a trade a receipt that two officers identified; joins their transaction.

    It fills what is missing and pays the trade when nothing is. Where the goods came first it
    settles what the unit owes, for this trade and then for its others, the first due first. What is
    more than that, or comes when the trade is over, goes back by itself. Raises TradeNotFound.
    """
    unit_id = receivables.find_unit_of(trade_id)
    if unit_id is not None:
        # Before the trade, as where it is released on these terms.
        receivables.lock_terms(unit_id)
    trade = queries.lock_trade(trade_id)
    left = amount_fen
    if trade.state is TradeState.OPEN:
        left -= _fill(trade, bank_entry_id, amount_fen)
    elif unit_id is not None and receivables.is_goods_first(trade_id):
        left -= _repay(trade, unit_id, bank_entry_id, amount_fen)
    if left:
        _send_back(trade, bank_entry_id, left)


def _fill(trade: Trade, bank_entry_id: uuid.UUID, amount_fen: int) -> int:
    """Give the open attempt what it lacks of the amount; settle it when it lacks nothing."""
    attempt = queries.lock_open_attempt(trade) or _make_attempt(trade, trade.total_fen)
    missing = attempt.amount_fen - queries.received_fen(attempt)
    taken = min(amount_fen, missing)
    _take(attempt, bank_entry_id, taken)
    if taken == missing:
        _settle(attempt, attempt.amount_fen)
    return taken


def _repay(first: Trade, unit_id: uuid.UUID, bank_entry_id: uuid.UUID, amount_fen: int) -> int:
    """Let a receipt settle what a unit owes; returns how much of it did."""
    others = [each for each in receivables.list_owing_trades(unit_id) if each != first.id]
    left = amount_fen
    for trade_id in (first.id, *others):
        part = min(left, receivables.owed_for(trade_id))
        if part:
            trade = first if trade_id == first.id else queries.lock_trade(trade_id)
            attempt = _make_attempt(trade, part)
            _take(attempt, bank_entry_id, part)
            _settle(attempt, part)
            left -= part
    return amount_fen - left


def _send_back(trade: Trade, bank_entry_id: uuid.UUID, amount_fen: int) -> None:
    """Record money that the trade cannot keep as an attempt of its own, which is refunded whole.

    While its trade is open the attempt must not pay it with less: it asks for the whole total.
    """
    is_open = db.session.get_one(Trade, trade.id, populate_existing=True).state is TradeState.OPEN
    attempt = _make_attempt(trade, trade.total_fen if is_open else amount_fen)
    _take(attempt, bank_entry_id, amount_fen)
    _settle(attempt, amount_fen)


def _make_attempt(trade: Trade, amount_fen: int) -> PaymentAttempt:
    """Write an attempt for money that comes although none waits for it."""
    now = clock.now()
    reference = queries.find_reference(trade)
    attempt = PaymentAttempt(
        id=new_id(),
        account_id=trade.account_id,
        trade_id=trade.id,
        payment_no=new_number(payments.NUMBER_PREFIX),
        provider=PROVIDER,
        state=PaymentState.PENDING,
        amount_fen=amount_fen,
        created_at=now,
        next_poll_at=now + _NEVER,
    )
    attempt.provider_reference = _provider_reference(
        reference.code if reference else trade.trade_no, attempt
    )
    db.session.add(attempt)
    db.session.flush()
    return attempt


def _take(attempt: PaymentAttempt, bank_entry_id: uuid.UUID, amount_fen: int) -> None:
    db.session.execute(
        insert(TransferShare).values(
            id=new_id(),
            account_id=attempt.account_id,
            attempt_id=attempt.id,
            bank_entry_id=bank_entry_id,
            amount_fen=amount_fen,
            taken_at=clock.now(),
        )
    )


def _settle(attempt: PaymentAttempt, amount_fen: int) -> None:
    """Let the one path to paid judge what came in for an attempt."""
    payments.settle_payment(
        PROVIDER,
        PaymentFacts(
            attempt_id=attempt.id,
            provider_reference=attempt.provider_reference or "",
            standing=PaymentStanding.SUCCEEDED,
            amount=amount_fen,
            currency=CURRENCY,
            occurred_at=queries.last_received_at(attempt) or clock.now(),
        ),
    )


def close_transfer(attempt_id: uuid.UUID) -> None:
    """Wait for a transfer no longer; what came in part is refunded by itself.

    Raises ProviderUnreachable while a receipt for the trade waits for its second officer: its money
    is at the bank already, and whether it is kept is about to be said.
    """
    attempt = payment_queries.get_attempt(attempt_id)
    queries.lock_trade(attempt.trade_id)
    if queries.is_being_identified(attempt.trade_id):
        raise ProviderUnreachable
    locked = payment_queries.lock_attempt(attempt_id)
    if locked is None or locked.state not in OPEN_STATES:
        return
    received = queries.received_fen(locked)
    if received:
        _settle(locked, received)
    else:
        payments.record_ended(attempt_id, PaymentState.CLOSED)
