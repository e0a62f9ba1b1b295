"""Every select on references, proofs and shares of transfers."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, cast, exists, func, select

from marketplace.database import db
from orders.bank_entries.models import BankEntry, BankMatch, MatchState
from orders.payments.bank_transfer.errors import ProofNotFound
from orders.payments.bank_transfer.models import TransferProof, TransferReference, TransferShare
from orders.payments.models import OPEN_STATES, PaymentAttempt, PaymentOutcome
from orders.trades.errors import TradeNotFound
from orders.trades.models import Order, Trade
from orders.trades.states import TradeState

PROVIDER = "bank_transfer"


def lock_trade(trade_id: uuid.UUID) -> Trade:
    """Lock a trade: all that gives it transferred money follows each other."""
    statement = select(Trade).where(Trade.id == trade_id)
    found = db.session.scalar(
        statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    if found is None:
        raise TradeNotFound
    return found


def is_for_unit(trade: Trade) -> bool:
    """Tell whether a trade was placed for a buying unit."""
    found = exists().where(Order.trade_id == trade.id, Order.buying_unit_id.is_not(None))
    return bool(db.session.scalar(select(found)))


def count_waiting(account_id: uuid.UUID) -> int:
    """Count the trades of an account that hold stock for a transfer."""
    statement = select(func.count()).where(
        PaymentAttempt.account_id == account_id,
        PaymentAttempt.provider == PROVIDER,
        PaymentAttempt.state.in_(OPEN_STATES),
    )
    return db.session.scalars(statement).one()


def find_reference(trade: Trade) -> TransferReference | None:
    """Return the code of a trade, if a transfer was ever chosen for it."""
    statement = select(TransferReference).where(
        TransferReference.account_id == trade.account_id, TransferReference.trade_id == trade.id
    )
    return db.session.scalar(statement)


def list_trades_by_code(codes: Collection[str]) -> dict[str, uuid.UUID]:
    """Return which codes are known, each with its trade."""
    statement = select(TransferReference.code, TransferReference.trade_id).where(
        TransferReference.code.in_(codes)
    )
    return {row.code: row.trade_id for row in db.session.execute(statement)}


def lock_open_attempt(trade: Trade) -> PaymentAttempt | None:
    """Lock the attempt that waits for a trade's transfer; None if there is none."""
    statement = select(PaymentAttempt).where(
        PaymentAttempt.account_id == trade.account_id,
        PaymentAttempt.trade_id == trade.id,
        PaymentAttempt.provider == PROVIDER,
        PaymentAttempt.state.in_(OPEN_STATES),
    )
    ordered = statement.order_by(PaymentAttempt.id).limit(1).with_for_update(key_share=True)
    return db.session.scalar(ordered.execution_options(populate_existing=True))


def received_fen(attempt: PaymentAttempt) -> int:
    """Return the sum that transfers have brought an attempt."""
    statement = select(func.coalesce(func.sum(TransferShare.amount_fen), 0)).where(
        TransferShare.account_id == attempt.account_id, TransferShare.attempt_id == attempt.id
    )
    return int(db.session.scalars(statement).one())


def last_received_at(attempt: PaymentAttempt) -> datetime | None:
    """Return the bank's moment of the last transfer that an attempt got."""
    statement = (
        select(func.max(BankEntry.occurred_at))
        .join(TransferShare, TransferShare.bank_entry_id == BankEntry.id)
        .where(
            TransferShare.account_id == attempt.account_id, TransferShare.attempt_id == attempt.id
        )
    )
    return db.session.scalars(statement).one()


def is_being_identified(trade_id: uuid.UUID) -> bool:
    """Tell whether a receipt is said to be for a trade and waits for a second officer."""
    proposed = select(BankMatch.id).where(
        BankMatch.trade_id == trade_id, BankMatch.state == MatchState.PROPOSED
    )
    return db.session.scalar(proposed.limit(1)) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A transfer of which an attempt took a part."""

    received_at: datetime
    # What the attempt took, and what two officers said was for its trade.
    amount_fen: int
    identified_fen: int
    account_tail: str


def list_receipts(attempt: PaymentAttempt) -> list[Receipt]:
    """Return what came in for an attempt, in the order in which the bank got it."""
    said = (BankMatch.bank_entry_id == BankEntry.id) & (BankMatch.state == MatchState.CONFIRMED)
    statement = (
        select(
            BankEntry.occurred_at.label("received_at"),
            TransferShare.amount_fen,
            func.coalesce(BankMatch.amount_fen, TransferShare.amount_fen).label("identified_fen"),
            BankEntry.account_tail,
        )
        .join(TransferShare, TransferShare.bank_entry_id == BankEntry.id)
        .outerjoin(BankMatch, said & (BankMatch.trade_id == attempt.trade_id))
        .where(
            TransferShare.account_id == attempt.account_id, TransferShare.attempt_id == attempt.id
        )
        .order_by(BankEntry.occurred_at, BankEntry.id)
    )
    return [Receipt(**row._mapping) for row in db.session.execute(statement)]


def list_proofs(trade: Trade) -> Sequence[TransferProof]:
    """Return the proofs of a trade, first uploaded first."""
    statement = select(TransferProof).where(
        TransferProof.account_id == trade.account_id, TransferProof.trade_id == trade.id
    )
    return db.session.scalars(statement.order_by(TransferProof.id)).all()


def get_proof_of(trade: Trade, proof_id: uuid.UUID) -> TransferProof:
    """Return a proof of a trade that the reader may see; raises ProofNotFound."""
    found = db.session.scalar(
        select(TransferProof).where(
            TransferProof.account_id == trade.account_id,
            TransferProof.trade_id == trade.id,
            TransferProof.id == proof_id,
        )
    )
    if found is None:
        raise ProofNotFound
    return found


def list_proofs_of(trade_ids: Collection[uuid.UUID]) -> Sequence[TransferProof]:
    """Return the proofs of some trades, for finance officers."""
    statement = select(TransferProof).where(TransferProof.trade_id.in_(trade_ids))
    return db.session.scalars(statement.order_by(TransferProof.id)).all()


def get_proof(proof_id: uuid.UUID) -> TransferProof:
    """Return a proof, for finance officers; raises ProofNotFound."""
    found = db.session.get(TransferProof, proof_id)
    if found is None:
        raise ProofNotFound
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingTransfer:
    """A trade that waits for its transfer, for finance officers."""

    trade_id: uuid.UUID
    trade_no: str
    code: str
    buyer: str | None
    total_fen: int
    received_fen: int

    @property
    def missing_fen(self) -> int:
        return self.total_fen - self.received_fen


def list_waiting(limit: int) -> list[WaitingTransfer]:
    """Return the open trades that wait for a transfer, the first to end first."""
    received = (
        # A sum of bigints is numeric.
        select(cast(func.coalesce(func.sum(TransferShare.amount_fen), 0), BigInteger))
        .where(
            TransferShare.account_id == PaymentAttempt.account_id,
            TransferShare.attempt_id == PaymentAttempt.id,
        )
        .scalar_subquery()
    )
    unit = (
        select(func.min(Order.buying_unit_name)).where(Order.trade_id == Trade.id).scalar_subquery()
    )
    statement = (
        select(
            Trade.id.label("trade_id"),
            Trade.trade_no,
            TransferReference.code,
            unit.label("buyer"),
            Trade.total_fen,
            received.label("received_fen"),
        )
        .join(
            TransferReference,
            (TransferReference.account_id == Trade.account_id)
            & (TransferReference.trade_id == Trade.id),
        )
        .join(
            PaymentAttempt,
            (PaymentAttempt.account_id == Trade.account_id) & (PaymentAttempt.trade_id == Trade.id),
        )
        .where(
            Trade.state == TradeState.OPEN,
            PaymentAttempt.provider == PROVIDER,
            PaymentAttempt.state.in_(OPEN_STATES),
        )
        .order_by(Trade.expires_at, Trade.id)
        .limit(limit)
    )
    return [WaitingTransfer(**row._mapping) for row in db.session.execute(statement)]


def find_collecting_attempt(trade: Trade) -> PaymentAttempt | None:
    """Return the attempt that collects, or collected, the money that is to pay a trade."""
    statement = select(PaymentAttempt).where(
        PaymentAttempt.account_id == trade.account_id,
        PaymentAttempt.trade_id == trade.id,
        PaymentAttempt.provider == PROVIDER,
        (PaymentAttempt.state.in_(OPEN_STATES))
        | (PaymentAttempt.outcome == PaymentOutcome.ACCEPTED),
    )
    return db.session.scalars(statement.order_by(PaymentAttempt.id).limit(1)).first()


def is_part_received(trade: Trade) -> bool:
    """Tell whether an undecided attempt of a trade has got some of its money."""
    attempt = find_collecting_attempt(trade)
    return attempt is not None and attempt.state in OPEN_STATES and received_fen(attempt) > 0
