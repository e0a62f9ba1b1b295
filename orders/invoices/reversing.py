"""Red invoices: tasks for the issuer, made where a refund takes back what was invoiced already."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id, new_number
from marketplace.money import prorate
from orders.invoices import queries, remaining
from orders.invoices.errors import InvoiceStateForbids, NothingToReverse
from orders.invoices.models import Invoice, InvoiceLine
from orders.invoices.remaining import Kept
from orders.invoices.service import close_request, due_at
from orders.invoices.states import InvoiceKind, InvoiceState
from orders.trades.models import Order


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken back of a blue line."""

    line: InvoiceLine
    amount_fen: int
    quantity: int


def follow_refund(order: Order, *, cause_id: uuid.UUID) -> None:
    """Bring the invoices of an order to what is left of it, in the refund's transaction.

    The caller holds the order and has booked the refund on it. Requests shrink; what is issued
    gets a red invoice to be issued, one per refund and invoice. One statement, and nothing more,
    where the order has no invoice. Safe to repeat with the same cause.
    """
    lines = queries.list_live_lines([order.id], order.cooperative_id)
    if not lines:
        return
    kept = {one.key: one for one in remaining.list_kept([order])}
    for invoice_id in sorted({line.invoice_id for line in lines}):
        invoice = queries.relock_invoice(invoice_id)
        mine = [line for line in lines if line.invoice_id == invoice_id]
        if invoice.state is InvoiceState.REQUESTED:
            _shrink(invoice, mine, kept)
        else:
            taken = [_excess(line, kept[(line.order_id, line.order_line_id)]) for line in mine]
            _add_red(invoice, [one for one in taken if one.amount_fen > 0], cause_id, SYSTEM)


def _shrink(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    kept: dict[tuple[uuid.UUID, uuid.UUID | None], Kept],
) -> None:
    """Bring a request to what is left; one of which nothing is left ends by itself."""
    before = invoice.amount_fen
    for line in lines:
        left = kept[(line.order_id, line.order_line_id)]
        line.amount_fen = left.amount_fen
        line.quantity = left.quantity
        line.is_live = left.amount_fen > 0
    db.session.flush()
    invoice.amount_fen = sum(line.amount_fen for line in queries.list_lines([invoice.id]))
    if invoice.amount_fen == 0:
        close_request(invoice, InvoiceState.CANCELLED)
    db.session.flush()
    audit.record(
        "invoice.shrunk", "invoice", invoice.id, actor=SYSTEM,
        before={"amount_fen": before}, after={"amount_fen": invoice.amount_fen},
    )  # fmt: skip


def _excess(line: InvoiceLine, left: Kept) -> Taken:
    return Taken(
        line,
        amount_fen=line.left_fen - left.amount_fen,
        quantity=max(line.left_quantity - left.quantity, 0),
    )


def reverse_invoice(actor: Actor, invoice_id: uuid.UUID, *, reason: str) -> Invoice:
    """Begin to take a whole issued invoice back as its issuer (a wrong title, a wrong rate).

    Returns the red invoice to be issued; once it is, the lines may be asked for again. Raises
    InvoiceStateForbids, NothingToReverse.
    """
    blue = queries.lock_invoice(invoice_id, queries.sold_by(actor))
    if blue.kind is not InvoiceKind.BLUE or blue.state is not InvoiceState.ISSUED:
        raise InvoiceStateForbids
    lines = [line for line in queries.list_lines([blue.id]) if line.left_fen > 0]
    taken = [Taken(line, line.left_fen, line.left_quantity) for line in lines]
    red = _add_red(blue, taken, None, actor, note=reason)
    if red is None:
        raise NothingToReverse
    return red


def _add_red(
    blue: Invoice,
    taken: Sequence[Taken],
    cause_id: uuid.UUID | None,
    actor: Actor,
    note: str | None = None,
) -> Invoice | None:
    """Make the task of a red invoice; its lines carry the taxes of those they take back."""
    if not taken:
        return None
    now = clock.now()
    red = Invoice(
        id=new_id(),
        cooperative_id=blue.cooperative_id,
        cooperative_name=blue.cooperative_name,
        account_id=blue.account_id,
        buying_unit_id=blue.buying_unit_id,
        buying_unit_name=blue.buying_unit_name,
        request_no=new_number("HZ"),
        kind=InvoiceKind.RED,
        invoice_type=blue.invoice_type,
        state=InvoiceState.REQUESTED,
        month=blue.month,
        title_sealed=blue.title_sealed,
        amount_fen=sum(one.amount_fen for one in taken),
        note=note,
        original_id=blue.id,
        cause_id=cause_id,
        requested_at=now,
        due_at=due_at(now),
    )
    db.session.add(red)
    db.session.flush()
    for position, one in enumerate(taken, start=1):
        db.session.add(_red_line(red, one, position))
        one.line.reversed_fen += one.amount_fen
        one.line.reversed_quantity += one.quantity
    db.session.flush()
    audit.record(
        "invoice.reversal_due", "invoice", red.id, actor=actor,
        after={"original_id": str(blue.id), "amount_fen": red.amount_fen},
    )  # fmt: skip
    return red


def _red_line(red: Invoice, taken: Taken, position: int) -> InvoiceLine:
    blue = taken.line
    # Cumulative, so that the red lines of one blue line take back exactly its tax.
    before = _share_of_tax(blue, blue.reversed_fen)
    return InvoiceLine(
        id=new_id(),
        cooperative_id=red.cooperative_id,
        invoice_id=red.id,
        order_id=blue.order_id,
        order_line_id=blue.order_line_id,
        product_id=blue.product_id,
        reverses_id=blue.id,
        position=position,
        name=blue.name,
        spec=blue.spec,
        unit=blue.unit,
        quantity=taken.quantity,
        price_fen=blue.price_fen,
        amount_fen=taken.amount_fen,
        tax_treatment=blue.tax_treatment,
        tax_rate_bp=blue.tax_rate_bp,
        tax_basis=blue.tax_basis,
        tax_fen=_share_of_tax(blue, blue.reversed_fen + taken.amount_fen) - before,
        is_live=False,
    )


def _share_of_tax(blue: InvoiceLine, part_fen: int) -> int:
    return prorate(blue.tax_fen, part_fen, blue.amount_fen)
