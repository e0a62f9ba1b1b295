"""The numbers that people know the things of orders and money by, told to the audit trail."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select, union_all

from marketplace.audit_trail.subjects import Paper, find_subjects_with, name_subjects_with
from marketplace.database import db
from marketplace.language import Text
from orders.aftersales.models import AftersalesCase
from orders.bank_entries.models import BankEntry
from orders.bank_refunds.models import BankRefund, BankRefundList
from orders.books import causes
from orders.books.causes import CausePaper
from orders.books.models import JournalExport
from orders.card_disputes.models import CardDispute
from orders.invoices.models import Invoice
from orders.payments.models import Refund
from orders.payouts.models import Payout, PayoutBatch
from orders.recoveries.models import Recovery
from orders.requisitions.models import Requisition
from orders.settlements.models import SettlementLine, Statement, StatementCorrection
from orders.trades.models import Order
from partners.buying_units.models import BuyingUnit
from partners.cooperatives.models import Cooperative

# Where a thing with its own page and number stands.
_NUMBERED: dict[str, tuple[Any, Any, str]] = {
    "bank_refund_list": (BankRefundList, BankRefundList.list_no, "/desk/bank-refunds/{}"),
    "invoice": (Invoice, Invoice.request_no, "/invoices/{}"),
    "journal_export": (JournalExport, JournalExport.export_no, "/desk/journal/exports"),
    "payout_batch": (PayoutBatch, PayoutBatch.batch_no, "/desk/payouts/{}"),
    "recovery": (Recovery, Recovery.recovery_no, "/desk/recoveries/{}"),
    "requisition": (Requisition, Requisition.requisition_no, "/requisitions/{}"),
}
_NAMED: dict[str, tuple[Any, Any, str]] = {
    "buying_unit": (BuyingUnit, BuyingUnit.name, "/office/buying-units/{}"),
    "cooperative": (Cooperative, Cooperative.name, "/office/cooperatives/{}"),
}
_NOTHING = Text("", "")


def _namer(
    model: Any, number: Any, address: str
) -> Callable[[set[uuid.UUID]], Mapping[uuid.UUID, Paper]]:
    def name(ids: set[uuid.UUID]) -> Mapping[uuid.UUID, Paper]:
        rows = select(model.id, number).where(model.id.in_(ids))
        return {
            row[0]: CausePaper(_NOTHING, row[1], address.format(row[0]))
            for row in db.session.execute(rows)
        }

    return name


def _cases(ids: set[uuid.UUID]) -> Mapping[uuid.UUID, Paper]:
    """Name after-sales cases; what became of them stands on their order."""
    rows = select(AftersalesCase.id, AftersalesCase.case_no, AftersalesCase.order_id)
    found = db.session.execute(rows.where(AftersalesCase.id.in_(ids)))
    return {row[0]: CausePaper(_NOTHING, row[1], f"/orders/{row[2]}") for row in found}


def _lines(ids: set[uuid.UUID]) -> Mapping[uuid.UUID, Paper]:
    """Name the lines of statements by their orders."""
    rows = select(SettlementLine.id, Order.order_no, Order.id).join(
        Order,
        (Order.cooperative_id == SettlementLine.cooperative_id)
        & (Order.id == SettlementLine.order_id),
    )
    found = db.session.execute(rows.where(SettlementLine.id.in_(ids)))
    return {row[0]: CausePaper(_NOTHING, row[1], f"/orders/{row[2]}") for row in found}


def _corrections(ids: set[uuid.UUID]) -> Mapping[uuid.UUID, Paper]:
    """Name corrections by the order of the line that they correct."""
    rows = select(StatementCorrection.id, StatementCorrection.line_id)
    of = {row[0]: row[1] for row in db.session.execute(rows.where(StatementCorrection.id.in_(ids)))}
    lines = _lines(set(of.values()))
    return {each: lines[line_id] for each, line_id in of.items() if line_id in lines}


def _lookups(number: str) -> Sequence[Select[uuid.UUID]]:
    # Numbers of orders and the like are unique within their owner: the index is entered by each of
    # the owners, of whom there are few.
    sellers, units = select(Cooperative.id), select(BuyingUnit.id)
    return [
        select(Order.id).where(Order.cooperative_id.in_(sellers), Order.order_no == number),
        select(Statement.id).where(
            Statement.cooperative_id.in_(sellers), Statement.statement_no == number
        ),
        select(AftersalesCase.id).where(
            AftersalesCase.cooperative_id.in_(sellers), AftersalesCase.case_no == number
        ),
        select(Invoice.id).where(Invoice.cooperative_id.in_(sellers), Invoice.request_no == number),
        select(Requisition.id).where(
            Requisition.buying_unit_id.in_(units), Requisition.requisition_no == number
        ),
        select(Refund.id).where(Refund.refund_no == number),
        select(BankEntry.id).where(BankEntry.serial == number),
        select(BankRefundList.id).where(BankRefundList.list_no == number),
        select(BankRefund.list_id).where(BankRefund.payment_no == number),
        select(PayoutBatch.id).where(PayoutBatch.batch_no == number),
        select(Payout.batch_id).where(Payout.payout_no == number),
        select(CardDispute.id).where(CardDispute.provider_reference == number),
        select(Recovery.id).where(Recovery.recovery_no == number),
        select(Cooperative.id).where(Cooperative.name == number),
        select(BuyingUnit.id).where(BuyingUnit.name == number),
    ]


def find_by_number(number: str) -> set[uuid.UUID]:
    """Return the things that people know by a number, or by its name."""
    return set(db.session.scalars(union_all(*_lookups(number))))


def register() -> None:
    """Tell the audit trail how things are numbered, where they are shown, and how they are found."""
    for kind, columns in (_NUMBERED | _NAMED).items():
        name_subjects_with(kind, _namer(*columns))
    name_subjects_with("aftersales_case", _cases)
    name_subjects_with("settlement_line", _lines)
    name_subjects_with("statement_correction", _corrections)
    for kind, finder in causes.BY_SUBJECT.items():
        name_subjects_with(kind, finder)
    find_subjects_with(find_by_number)
