"""From a thing to its vouchers: what was booked because of it, for the thing's own page.

The way back, from a voucher to the page of its cause, is ``causes``.
"""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select, union_all

from marketplace.database import db
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.permissions import Permission
from orders.bank_entries.models import BankMatch
from orders.bank_refunds.models import BankRefund
from orders.card_disputes.models import CardDisputeLine, CardDisputeMovement
from orders.direct_bookings.models import DirectBooking
from orders.failed_refunds.models import RefundSettlement
from orders.journal.chart import ENTRY_TITLES
from orders.journal.models import EntryKind as K
from orders.journal.models import JournalEntry, Posting
from orders.payments.models import PaymentAttempt, Refund, RefundReturn
from orders.payouts.models import Payout
from orders.receivables.models import DebtWriteOff
from orders.settlements.models import StatementCorrection
from orders.trades.models import Order

MOST = 60
Ids = Collection[uuid.UUID]
Finder = Callable[[Ids], Select[Any]]


_REFUNDS = (
    K.REFUND_AGREED, K.REFUND_PAID, K.FEE_REFUNDED, K.REFUND_RETURNED, K.REFUND_CHARGED_BACK,
    K.RECEIVABLE_REDUCED, K.REFUND_PAID_OTHERWISE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShownVoucher:
    """An entry as it stands beside its cause."""

    id: uuid.UUID
    title: Text
    booked_on: date
    amount_fen: int


def _by_order(ids: Ids) -> Select[Any]:
    """Everything booked on an order, the payment of its trade, and its refunds."""
    trades = select(Order.trade_id).where(Order.id.in_(ids))
    attempts = select(PaymentAttempt.id).where(PaymentAttempt.trade_id.in_(trades))
    booked = select(Posting.entry_id).where(Posting.order_id.in_(ids))
    paid = select(JournalEntry.id).where(
        or_(
            (JournalEntry.kind == K.TRADE_PAID) & JournalEntry.cause_id.in_(trades),
            JournalEntry.kind.in_([K.PAYMENT_CAPTURED, K.RECEIVABLE_PAID])
            & JournalEntry.cause_id.in_(attempts),
        )
    )
    refunds = select(Refund.id).where(Refund.order_id.in_(ids))
    returned = select(RefundReturn.id).where(RefundReturn.refund_id.in_(refunds))
    settled = select(RefundSettlement.id).where(RefundSettlement.refund_id.in_(refunds))
    given_back = select(JournalEntry.id).where(
        JournalEntry.kind.in_(_REFUNDS),
        or_(*(JournalEntry.cause_id.in_(each) for each in (refunds, returned, settled))),
    )
    return select(union_all(booked, paid, given_back).subquery().c[0])


def _caused(kinds: Sequence[K], *causes: Callable[[Ids], Select[uuid.UUID]]) -> Finder:
    """Entries of some kinds whose cause is the thing itself, or something that belongs to it."""

    def find(ids: Ids) -> Select[Any]:
        found = [
            JournalEntry.cause_id.in_(ids),
            *(JournalEntry.cause_id.in_(c(ids)) for c in causes),
        ]
        return select(JournalEntry.id).where(JournalEntry.kind.in_(kinds), or_(*found))

    return find


def _matches(ids: Ids) -> Select[uuid.UUID]:
    return select(BankMatch.id).where(BankMatch.bank_entry_id.in_(ids))


def _bookings(ids: Ids) -> Select[uuid.UUID]:
    return select(DirectBooking.id).where(DirectBooking.bank_entry_id.in_(ids))


def _bank_refunds(ids: Ids) -> Select[uuid.UUID]:
    return select(BankRefund.id).where(BankRefund.list_id.in_(ids))


def _corrections(ids: Ids) -> Select[uuid.UUID]:
    return select(StatementCorrection.id).where(StatementCorrection.statement_id.in_(ids))


def _payouts(ids: Ids) -> Select[uuid.UUID]:
    return select(Payout.id).where(Payout.statement_id.in_(ids))


def _payouts_of_batch(ids: Ids) -> Select[uuid.UUID]:
    return select(Payout.id).where(Payout.batch_id.in_(ids))


def _statements_of_batch(ids: Ids) -> Select[uuid.UUID]:
    return select(Payout.statement_id).where(Payout.batch_id.in_(ids))


def _movements(ids: Ids) -> Select[uuid.UUID]:
    return select(CardDisputeMovement.id).where(CardDisputeMovement.dispute_id.in_(ids))


def _disputed(ids: Ids) -> Select[uuid.UUID]:
    return select(CardDisputeLine.id).where(CardDisputeLine.dispute_id.in_(ids))


def _ended(ids: Ids) -> Select[uuid.UUID]:
    return select(CardDisputeLine.ending_id).where(CardDisputeLine.dispute_id.in_(ids))


def _settlements(ids: Ids) -> Select[uuid.UUID]:
    return select(RefundSettlement.id).where(RefundSettlement.refund_id.in_(ids))


def _returns(ids: Ids) -> Select[uuid.UUID]:
    return select(RefundReturn.id).where(RefundReturn.refund_id.in_(ids))


def _write_offs(ids: Ids) -> Select[uuid.UUID]:
    return select(DebtWriteOff.id).where(DebtWriteOff.buying_unit_id.in_(ids))


_PAID_OUT = (K.STATEMENT_PAID, K.STATEMENT_TRANSFERRED, K.TRANSFER_REVERSED)
_BANK = (
    K.BANK_RECEIVED, K.RECEIPT_IDENTIFIED, K.PROVIDER_PAYOUT_ARRIVED, K.BANK_CHARGED,
    K.INTEREST_BOOKED, K.OWN_FUNDS_MOVED, K.OTHERWISE_MOVED,
)  # fmt: skip
_DISPUTES = (
    K.DISPUTE_MOVED, K.DISPUTE_HELD, K.DISPUTE_RELEASED, K.DISPUTE_LOST, K.DISPUTE_BORNE,
)  # fmt: skip
_FINDERS: dict[str, Finder] = {
    "order": _by_order,
    "bank_entry": _caused(_BANK, _matches, _bookings),
    "bank_refund_list": _caused([K.BANK_REFUND_PAID, K.RECEIPT_RETURNED], _bank_refunds),
    "buying_unit": _caused([K.DEBT_WRITTEN_OFF], _write_offs),
    "card_dispute": _caused(_DISPUTES, _movements, _disputed, _ended),
    "payout_batch": _caused(_PAID_OUT, _payouts_of_batch, _statements_of_batch),
    "refund": _caused(_REFUNDS, _settlements, _returns),
    "statement": _caused([K.STATEMENT_CORRECTED, *_PAID_OUT], _corrections, _payouts),
}


def list_vouchers(kind: str, *ids: uuid.UUID) -> list[ShownVoucher]:
    """Return what was booked because of a thing, the first entry first, to who may read the books."""
    if not ids or not current_actor().is_platform(Permission.JOURNAL_READ):
        return []
    entry, debit = JournalEntry, Posting.amount_fen
    rows = db.session.execute(
        select(entry.id, entry.kind, entry.booked_on, func.sum(debit).filter(debit > 0))
        .join(Posting, Posting.entry_id == entry.id)
        .where(entry.id.in_(_FINDERS[kind](ids)))
        .group_by(entry.id)
        .order_by(entry.recorded_at, entry.id)
        .limit(MOST)
    )
    return [ShownVoucher(row[0], ENTRY_TITLES[row[1]], row[2], int(row[3])) for row in rows]
