"""Reading the journal: balances are sums of postings, today or at the end of any past day."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, func, select

from marketplace.database import db
from orders.journal.models import AccountKind, EntryKind, JournalEntry, Posting


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account in the trial balance: all its debits, all its credits, and their difference."""

    account: AccountKind
    owner_id: uuid.UUID | None
    debit_fen: int
    credit_fen: int
    balance_fen: int


def get_balance(
    account: AccountKind, owner_id: uuid.UUID | None = None, *, on: date | None = None
) -> int:
    """Return an account's balance in fen, at the end of Shanghai day ``on`` if given.

    Without an owner, all accounts of the kind are summed.
    """
    total = select(func.coalesce(func.sum(Posting.amount_fen), 0)).where(
        Posting.account_kind == account
    )
    if owner_id is not None:
        total = total.where(Posting.owner_id == owner_id)
    if on is not None:
        total = total.where(Posting.booked_on <= on)
    return int(db.session.scalars(total).one())


def list_balances(*, on: date | None = None) -> list[AccountBalance]:
    """Return the trial balance: every account with its debits and credits; balances sum to zero."""
    debit = func.sum(Posting.amount_fen).filter(Posting.amount_fen > 0)
    credit = func.sum(-Posting.amount_fen).filter(Posting.amount_fen < 0)
    rows = (
        select(
            Posting.account_kind,
            Posting.owner_id,
            func.coalesce(debit, 0),
            func.coalesce(credit, 0),
            func.sum(Posting.amount_fen),
        )
        .group_by(Posting.account_kind, Posting.owner_id)
        .order_by(Posting.account_kind, Posting.owner_id)
    )
    if on is not None:
        rows = rows.where(Posting.booked_on <= on)
    return [
        AccountBalance(account, owner_id, int(debits), int(credits_), int(balance))
        for account, owner_id, debits, credits_, balance in db.session.execute(rows)
    ]


def list_pending(order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return what each order's cooperative still has pending of it, in fen."""
    rows = (
        select(Posting.order_id, func.sum(Posting.amount_fen))
        .where(
            Posting.order_id.in_(order_ids),
            Posting.account_kind == AccountKind.COOPERATIVE_PENDING,
        )
        .group_by(Posting.order_id)
    )
    return {order_id: -int(total) for order_id, total in db.session.execute(rows) if order_id}


def find_entry(kind: EntryKind, cause_id: uuid.UUID) -> JournalEntry | None:
    """Return the entry of an event, if it is booked."""
    found = select(JournalEntry).where(JournalEntry.kind == kind, JournalEntry.cause_id == cause_id)
    return db.session.scalar(found)


def is_booked(kind: EntryKind, cause_id: uuid.UUID) -> bool:
    """Tell whether this event is in the journal."""
    found = exists().where(JournalEntry.kind == kind, JournalEntry.cause_id == cause_id)
    return bool(db.session.scalar(select(found)))
