"""Every select on bank refund lists; finance officers see them whole."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Select, cast, func, select

from marketplace import cursors
from marketplace.database import db
from orders.bank_entries.models import (
    BankEntry,
    BankMatch,
    EntryState,
    MatchKind,
    MatchState,
)
from orders.bank_refunds.errors import RefundListNotFound
from orders.bank_refunds.models import BankRefund, BankRefundList, CorrectedPayee
from orders.payments.bank_transfer.models import TransferShare
from orders.payments.bank_transfer.queries import PROVIDER
from orders.payments.models import PaymentAttempt, Refund, RefundState
from orders.payouts.models import Payout, PayoutState
from orders.payouts.progress import FileColumns, Progress, list_progress

LIST_ORDER: cursors.Keys = [(BankRefundList.id, "desc")]
MAX_PAYMENTS = 2000
_IN_LIST = FileColumns(BankRefund.list_id, BankRefund.state, BankRefund.answered_at)
_WAITING = (RefundState.REQUESTED, RefundState.SENT)


def select_lists() -> Select[BankRefundList]:
    """Select every list."""
    return select(BankRefundList)


def list_lists_progress(lists: Sequence[BankRefundList]) -> dict[uuid.UUID, Progress]:
    """Return how far the bank has answered some lists."""
    return list_progress(_IN_LIST, [one.id for one in lists])


def get_list(list_id: uuid.UUID) -> BankRefundList:
    """Return a list; raises RefundListNotFound."""
    found = db.session.get(BankRefundList, list_id)
    if found is None:
        raise RefundListNotFound
    return found


def lock_list(list_id: uuid.UUID) -> BankRefundList:
    """Return a list, locked until the transaction ends; raises RefundListNotFound."""
    found = db.session.get(BankRefundList, list_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise RefundListNotFound
    return found


def list_payments(refund_list: BankRefundList) -> Sequence[BankRefund]:
    """Return the payments of a list in the order of its file."""
    statement = select(BankRefund).where(BankRefund.list_id == refund_list.id)
    ordered = statement.order_by(BankRefund.id)
    return db.session.scalars(ordered.execution_options(populate_existing=True)).all()


@dataclass(frozen=True, slots=True)
class Owed:
    """A refund that the bank is to pay, and how much of it is in no list yet."""

    refund: Refund
    left_fen: int


def list_owed(limit: int = MAX_PAYMENTS) -> list[Owed]:
    """Return the refunds of transfers with something in no list yet, the oldest first."""
    live = (
        select(cast(func.coalesce(func.sum(BankRefund.amount_fen), 0), BigInteger))
        .where(
            BankRefund.account_id == Refund.account_id,
            BankRefund.refund_id == Refund.id,
            BankRefund.state != PayoutState.FAILED,
        )
        .scalar_subquery()
    )
    statement = (
        select(Refund, (Refund.amount - live).label("left_fen"))
        .join(
            PaymentAttempt,
            (PaymentAttempt.account_id == Refund.account_id)
            & (PaymentAttempt.id == Refund.attempt_id),
        )
        .where(
            PaymentAttempt.provider == PROVIDER,
            Refund.state.in_(_WAITING),
            Refund.amount > live,
        )
        .order_by(Refund.id)
        .limit(limit)
    )
    return [Owed(refund, int(left)) for refund, left in db.session.execute(statement)]


@dataclass(frozen=True, slots=True)
class Returning:
    """A receipt that belongs to nothing, and how much of it."""

    entry: BankEntry
    amount_fen: int


def list_returning(limit: int = MAX_PAYMENTS) -> list[Returning]:
    """Return the receipts that belong to nothing and are in no list yet, the oldest first."""
    live = select(BankRefund.id).where(
        BankRefund.bank_entry_id == BankEntry.id,
        BankRefund.refund_id.is_(None),
        BankRefund.state != PayoutState.FAILED,
    )
    statement = (
        select(BankEntry, BankMatch.amount_fen)
        .join(BankMatch, BankMatch.bank_entry_id == BankEntry.id)
        .where(
            BankEntry.state == EntryState.RETURNING,
            BankMatch.kind == MatchKind.RETURN,
            BankMatch.state == MatchState.CONFIRMED,
            ~live.exists(),
        )
    )
    rows = db.session.execute(statement.order_by(BankEntry.id).limit(limit))
    return [Returning(entry, amount_fen) for entry, amount_fen in rows]


@dataclass(frozen=True, slots=True)
class Source:
    """A receipt that an attempt had a share of, and what of the share has not gone back."""

    entry: BankEntry
    left_fen: int


def list_sources(refund: Refund) -> list[Source]:
    """Return from which receipts a refund can go back, the last to come in first."""
    gone = (
        select(cast(func.coalesce(func.sum(BankRefund.amount_fen), 0), BigInteger))
        .join(
            Refund,
            (Refund.account_id == BankRefund.account_id) & (Refund.id == BankRefund.refund_id),
        )
        .where(
            BankRefund.bank_entry_id == TransferShare.bank_entry_id,
            Refund.account_id == TransferShare.account_id,
            Refund.attempt_id == TransferShare.attempt_id,
            BankRefund.state != PayoutState.FAILED,
        )
        .scalar_subquery()
    )
    statement = (
        select(BankEntry, (TransferShare.amount_fen - gone).label("left_fen"))
        .join(TransferShare, TransferShare.bank_entry_id == BankEntry.id)
        .where(
            TransferShare.account_id == refund.account_id,
            TransferShare.attempt_id == refund.attempt_id,
        )
        .order_by(BankEntry.occurred_at.desc(), BankEntry.id.desc())
    )
    return [Source(entry, int(left)) for entry, left in db.session.execute(statement)]


def find_corrected_payee(entry_id: uuid.UUID) -> CorrectedPayee | None:
    """Return the account that an officer gave last for a receipt's payer, if any."""
    statement = select(CorrectedPayee).where(CorrectedPayee.bank_entry_id == entry_id)
    return db.session.scalar(statement.order_by(CorrectedPayee.id.desc()).limit(1))


def has_failed(entry_id: uuid.UUID) -> bool:
    """Tell whether the bank could not pay a receipt's payer back, or not all of it."""
    failed = select(BankRefund.id).where(
        BankRefund.bank_entry_id == entry_id, BankRefund.state == PayoutState.FAILED
    )
    return db.session.scalar(failed.limit(1)) is not None


def list_payees(refund: Refund) -> list[str]:
    """Return the last digits of the accounts that a refund is or was paid to; none before a list."""
    statement = (
        select(BankRefund)
        .where(
            BankRefund.account_id == refund.account_id,
            BankRefund.refund_id == refund.id,
            BankRefund.state != PayoutState.FAILED,
        )
        .order_by(BankRefund.id)
    )
    accounts = [each.paid_to.account_no for each in db.session.scalars(statement)]
    return list(dict.fromkeys(account[-4:] for account in accounts))


def paid_fen(refund: Refund) -> int:
    """Return how much of a refund the bank has paid."""
    statement = select(func.coalesce(func.sum(BankRefund.amount_fen), 0)).where(
        BankRefund.account_id == refund.account_id,
        BankRefund.refund_id == refund.id,
        BankRefund.state == PayoutState.PAID,
    )
    return int(db.session.scalars(statement).one())


def list_known_serials(serials: Collection[str]) -> dict[str, str]:
    """Return which bank serial numbers are known already, each with its payment's number."""
    known: dict[str, str] = {}
    for serial, number in (
        (Payout.bank_serial, Payout.payout_no),
        (BankRefund.bank_serial, BankRefund.payment_no),
    ):
        rows = db.session.execute(select(serial, number).where(serial.in_(serials)))
        known |= {found: no for found, no in rows if found}
    return known


def list_refunds(refund_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Refund]:
    """Return refunds by id."""
    found = db.session.scalars(select(Refund).where(Refund.id.in_(refund_ids)))
    return {refund.id: refund for refund in found}
