"""The new request, made in the transaction in which the old invoice is wholly taken back."""

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM
from orders.invoice_replacements import queries
from orders.invoice_replacements.models import ReplacementState
from orders.invoices import queries as invoice_queries
from orders.invoices import remaining
from orders.invoices.models import Invoice
from orders.invoices.service import add_lines, new_request
from orders.trades.queries import list_orders


def follow_reversal(blue: Invoice) -> None:
    """Ask anew for what is left of a reversed invoice, where its buyer wished for another.

    The caller holds the orders and the invoice, whose lines are free again. It is the same whether
    the seller agreed to the wish or took the invoice back without a word.
    """
    wish = queries.find_open(blue)
    if wish is None:
        return
    keys = {(line.order_id, line.order_line_id) for line in invoice_queries.list_lines([blue.id])}
    orders = sorted(list_orders({one[0] for one in keys}), key=lambda order: order.id)
    lines = [one for one in remaining.list_uninvoiced(orders) if one.key in keys]
    if not lines:
        wish.state, wish.closed_at = ReplacementState.LAPSED, clock.now()
        db.session.flush()
        return
    invoice = new_request(wish.account_id, orders[0], wish.title)
    invoice.invoice_type, invoice.month = wish.invoice_type, blue.month
    invoice.buying_unit_id, invoice.buying_unit_name = blue.buying_unit_id, blue.buying_unit_name
    db.session.add(invoice)
    add_lines(invoice, lines)
    wish.state, wish.closed_at = ReplacementState.DONE, clock.now()
    wish.successor_id = invoice.id
    db.session.flush()
    audit.record(
        "invoice.requested", "invoice", invoice.id, actor=SYSTEM,
        after={"replaces": str(blue.id), "amount_fen": invoice.amount_fen,
               "type": str(invoice.invoice_type)},
    )  # fmt: skip
