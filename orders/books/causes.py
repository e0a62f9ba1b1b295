"""What an entry was booked for: the paper's number that people know it by, and its page."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, cast, func, literal, null, select, union_all

from marketplace.database import db
from marketplace.language import Text
from orders.bank_balance.models import BankOpening
from orders.bank_entries.models import BankEntry, BankMatch
from orders.bank_refunds.models import BankRefund
from orders.card_disputes.models import CardDispute, CardDisputeLine, CardDisputeMovement
from orders.direct_bookings.models import DirectBooking
from orders.failed_refunds.models import RefundSettlement
from orders.journal.direct_entries import KINDS
from orders.journal.models import EntryKind
from orders.payments.models import PaymentAttempt, Refund, RefundReturn
from orders.payouts.models import Payout
from orders.receivables.models import DebtWriteOff, Receivable
from orders.reconciliation.models import ProviderMovement
from orders.settlements.models import Statement, StatementCorrection
from orders.trades.models import Order, Trade

Cause = tuple[EntryKind, uuid.UUID]


@dataclass(frozen=True, slots=True)
class CausePaper:
    """A cause as it is shown: what it is, its number, and where it can be read (None: nowhere)."""

    what: Text
    number: str
    href: str | None


Papers = dict[uuid.UUID, CausePaper]


def _papers(rows: Select[Any, Any, Any], what: Text, address: str) -> Papers:
    """Read rows of a cause's id, its paper's number and what its address names."""
    return {
        cause_id: CausePaper(what, number, address.format(named) if named else None)
        for cause_id, number, named in db.session.execute(rows)
    }


def _attempts(ids: set[uuid.UUID]) -> Papers:
    rows = select(PaymentAttempt.id, PaymentAttempt.payment_no, func.min(cast(Order.id, String)))
    rows = rows.outerjoin(Order, Order.trade_id == PaymentAttempt.trade_id)
    rows = rows.where(PaymentAttempt.id.in_(ids)).group_by(PaymentAttempt.id)
    return _papers(rows, Text("付款", "Payment"), "/orders/{}")


def _trades(ids: set[uuid.UUID]) -> Papers:
    rows = select(Trade.id, Trade.trade_no, func.min(cast(Order.id, String)))
    rows = rows.outerjoin(Order, Order.trade_id == Trade.id)
    rows = rows.where(Trade.id.in_(ids)).group_by(Trade.id)
    return _papers(rows, Text("交易", "Trade"), "/orders/{}")


def _orders(ids: set[uuid.UUID]) -> Papers:
    rows = select(Order.id, Order.order_no, Order.id).where(Order.id.in_(ids))
    return _papers(rows, Text("订单", "Order"), "/orders/{}")


def _refunds(ids: set[uuid.UUID]) -> Papers:
    rows = select(Refund.id, Refund.refund_no, Refund.order_id).where(Refund.id.in_(ids))
    return _papers(rows, Text("退款单", "Refund"), "/orders/{}")


def _refund_returns(ids: set[uuid.UUID]) -> Papers:
    rows = select(RefundReturn.id, Refund.refund_no, Refund.order_id)
    rows = rows.join(Refund, Refund.id == RefundReturn.refund_id).where(RefundReturn.id.in_(ids))
    return _papers(rows, Text("退款单", "Refund"), "/orders/{}")


def _corrections(ids: set[uuid.UUID]) -> Papers:
    rows = select(StatementCorrection.id, Statement.statement_no, Statement.id)
    rows = rows.join(Statement, Statement.id == StatementCorrection.statement_id)
    rows = rows.where(StatementCorrection.id.in_(ids))
    return _papers(rows, Text("结算单", "Statement"), "/desk/statements/{}")


def _movements(ids: set[uuid.UUID]) -> Papers:
    rows = select(ProviderMovement.id, ProviderMovement.reference, null())
    rows = rows.where(ProviderMovement.id.in_(ids))
    return _papers(rows, Text("渠道流水", "Provider movement"), "")


def _write_offs(ids: set[uuid.UUID]) -> Papers:
    rows = select(DebtWriteOff.id, Order.order_no, DebtWriteOff.buying_unit_id)
    rows = rows.join(Receivable, Receivable.id == DebtWriteOff.receivable_id)
    rows = rows.join(Order, Order.id == Receivable.order_id).where(DebtWriteOff.id.in_(ids))
    return _papers(rows, Text("订单", "Order"), "/desk/receivables/{}")


def _statements(ids: set[uuid.UUID]) -> Papers:
    rows = select(Statement.id, Statement.statement_no, Statement.id).where(Statement.id.in_(ids))
    return _papers(rows, Text("结算单", "Statement"), "/desk/statements/{}")


def _bank_entries(ids: set[uuid.UUID]) -> Papers:
    rows = select(BankEntry.id, BankEntry.serial, BankEntry.id).where(BankEntry.id.in_(ids))
    return _papers(rows, Text("银行流水", "Bank entry"), "/desk/bank-entries/{}")


def _bank_matches(ids: set[uuid.UUID]) -> Papers:
    """Read receipts by what was said of them; before there were parts, the cause was the receipt."""
    rows = select(BankMatch.id, BankEntry.serial, BankEntry.id)
    rows = rows.join(BankEntry, BankEntry.id == BankMatch.bank_entry_id)
    rows = rows.where(BankMatch.id.in_(ids))
    found = _papers(rows, Text("银行流水", "Bank entry"), "/desk/bank-entries/{}")
    return _bank_entries(ids) | found


def _direct(ids: set[uuid.UUID]) -> Papers:
    """Read money of no sale by its evidence: a receipt's match, an entry or a provider's movement."""
    number = func.coalesce(BankEntry.serial, ProviderMovement.reference)
    rows = select(DirectBooking.id, number, DirectBooking.id).where(DirectBooking.id.in_(ids))
    rows = rows.outerjoin(BankEntry, BankEntry.id == DirectBooking.bank_entry_id)
    rows = rows.outerjoin(ProviderMovement, ProviderMovement.id == DirectBooking.movement_id)
    what = Text("直接入账", "Booked directly")
    return _bank_matches(ids) | _papers(rows, what, "/desk/direct-bookings/{}")


def _openings(ids: set[uuid.UUID]) -> Papers:
    rows = select(BankOpening.id, cast(BankOpening.day, String), literal("bank-balance"))
    rows = rows.where(BankOpening.id.in_(ids))
    return _papers(rows, Text("期初余额", "Opening balance"), "/desk/reconciliation/{}")


def _bank_refunds(ids: set[uuid.UUID]) -> Papers:
    rows = select(BankRefund.id, BankRefund.payment_no, BankRefund.list_id)
    rows = rows.where(BankRefund.id.in_(ids))
    return _papers(rows, Text("银行退款", "Bank refund"), "/desk/bank-refunds/{}")


def _refund_settlements(ids: set[uuid.UUID]) -> Papers:
    rows = select(RefundSettlement.id, Refund.refund_no, RefundSettlement.refund_id)
    rows = rows.join(Refund, Refund.id == RefundSettlement.refund_id)
    rows = rows.where(RefundSettlement.id.in_(ids))
    return _papers(rows, Text("退款单", "Refund"), "/desk/failed-refunds/{}")


def _payouts(ids: set[uuid.UUID]) -> Papers:
    rows = select(Payout.id, Payout.payout_no, Payout.batch_id).where(Payout.id.in_(ids))
    return _papers(rows, Text("付款", "Payout"), "/desk/payouts/{}")


def _disputes(ids: set[uuid.UUID]) -> Papers:
    """Find disputes by their own id, a movement's, a line's, or the end of a line's."""
    dispute, line, movement = CardDispute, CardDisputeLine, CardDisputeMovement
    named = union_all(
        select(dispute.id.label("cause_id"), dispute.id.label("dispute_id")),
        select(movement.id, movement.dispute_id),
        select(line.id, line.dispute_id),
        select(line.ending_id, line.dispute_id),
    ).subquery()
    rows = select(named.c.cause_id, dispute.provider_reference, dispute.id)
    rows = rows.join(dispute, dispute.id == named.c.dispute_id)
    rows = rows.where(named.c.cause_id.in_(ids))
    return _papers(rows, Text("拒付", "Dispute"), "/desk/card-disputes/{}")


_FINDERS: dict[EntryKind, Callable[[set[uuid.UUID]], Papers]] = {
    EntryKind.PAYMENT_CAPTURED: _attempts,
    EntryKind.RECEIVABLE_PAID: _attempts,
    EntryKind.TRADE_PAID: _trades,
    EntryKind.ORDER_COMPLETED: _orders,
    EntryKind.GOODS_RELEASED: _orders,
    EntryKind.REFUND_AGREED: _refunds,
    EntryKind.REFUND_PAID: _refunds,
    EntryKind.FEE_REFUNDED: _refunds,
    EntryKind.REFUND_RETURNED: _refund_returns,
    EntryKind.REFUND_CHARGED_BACK: _refunds,
    EntryKind.DISPUTE_MOVED: _disputes,
    EntryKind.DISPUTE_HELD: _disputes,
    EntryKind.DISPUTE_RELEASED: _disputes,
    EntryKind.DISPUTE_LOST: _disputes,
    EntryKind.DISPUTE_BORNE: _disputes,
    EntryKind.STATEMENT_CORRECTED: _corrections,
    EntryKind.PROVIDER_FEE_TAKEN: _movements,
    EntryKind.PROVIDER_PAID_OUT: _movements,
    EntryKind.RECEIVABLE_REDUCED: _refunds,
    EntryKind.DEBT_WRITTEN_OFF: _write_offs,
    EntryKind.STATEMENT_PAID: _statements,
    EntryKind.STATEMENT_TRANSFERRED: _payouts,
    EntryKind.TRANSFER_REVERSED: _payouts,
    EntryKind.BANK_RECEIVED: _bank_entries,
    EntryKind.RECEIPT_IDENTIFIED: _bank_matches,
    EntryKind.PROVIDER_PAYOUT_ARRIVED: _bank_matches,
    EntryKind.RECEIPT_RETURNED: _bank_refunds,
    EntryKind.BANK_REFUND_PAID: _bank_refunds,
    EntryKind.REFUND_PAID_OTHERWISE: _refund_settlements,
    **dict.fromkeys(KINDS.values(), _direct),
    EntryKind.BANK_OPENED: _openings,
}

# The same, by the kind of thing that the audit trail tells of.
BY_SUBJECT: dict[str, Callable[[set[uuid.UUID]], Papers]] = {
    "bank_entry": _bank_entries,
    "card_dispute": _disputes,
    "direct_booking": _direct,
    "order": _orders,
    "payment": _attempts,
    "payout": _payouts,
    "refund": _refunds,
    "statement": _statements,
    "trade": _trades,
}


def find_papers(causes: Iterable[Cause]) -> dict[Cause, CausePaper]:
    """Return the papers of causes; one query for each kind of paper among them.

    A kind whose papers have no page yet, or a cause that is gone, is left out.
    """
    wanted: dict[Callable[[set[uuid.UUID]], Papers], set[Cause]] = {}
    for cause in causes:
        finder = _FINDERS.get(cause[0])
        if finder is not None:
            wanted.setdefault(finder, set()).add(cause)
    found: dict[Cause, CausePaper] = {}
    for finder, theirs in wanted.items():
        papers = finder({cause_id for _, cause_id in theirs})
        found |= {cause: papers[cause[1]] for cause in theirs if cause[1] in papers}
    return found
