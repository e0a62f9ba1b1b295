"""Two requests for one line, and an issue against a refund, on real parallel connections."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from marketplace.database import db, transaction
from marketplace.errors import Problem
from marketplace.identity.actor import Actor
from orders.aftersales.service import agree_to_refund, apply_for_refund
from orders.invoices.errors import InvoiceAmountChanged, NothingToInvoice
from orders.invoices.models import Invoice
from orders.invoices.service import request_invoice
from orders.invoices.states import InvoiceKind, InvoiceState
from tests.conftest import Committed
from tests.factories import invoices as make
from tests.factories.orders import buy, lines_of, make_market
from tests.orders.invariants import broken


def committing(work: Callable[[], object]) -> Callable[[], object]:
    """Run work in a transaction of its own, as an entry point does."""

    def run() -> object:
        with transaction():
            return work()

    return run


@dataclass(frozen=True, slots=True)
class Sale:
    """Two pieces sold, one of which is to be refunded; by ids that any session may use."""

    buyer: Actor
    seller: Actor
    title_id: uuid.UUID
    order_id: uuid.UUID
    case_id: uuid.UUID


def test_nothing_is_invoiced_twice_and_no_refund_is_missed(committed: Committed) -> None:
    with committed.context():
        with transaction():
            market = make_market()
            buyer, seller = market.buyer, market.nanjiang.actor
            title_id = make.make_title(buyer).id
            sales = []
            for _ in range(3):
                [order] = buy(buyer, [(market.mutton, 2)])
                case = apply_for_refund(
                    buyer,
                    order.id,
                    order_line_id=lines_of(order)[0].id,
                    quantity=1,
                    reason="破损",
                )
                sales.append(Sale(buyer, seller, title_id, order.id, case.id))
        for sale in sales:
            race(committed, sale)
        assert broken() == []


def race(committed: Committed, sale: Sale) -> None:
    """Ask four times at once; then issue and refund at once."""

    def ask() -> uuid.UUID:
        return request_invoice(sale.buyer, order_ids=[sale.order_id], title_id=sale.title_id).id

    results = committed.in_parallel(*[committing(ask) for _ in range(4)])
    made = [one for one in results if isinstance(one, uuid.UUID)]
    refused = [one for one in results if isinstance(one, Problem)]
    assert len(made) == 1, results
    assert {type(one) for one in refused} == {NothingToInvoice}, results

    with transaction():
        invoice = db.session.get_one(Invoice, made[0])
        make.put_file(sale.seller, invoice)

    def issue() -> object:
        fresh = db.session.get_one(Invoice, made[0])
        return make.issue(sale.seller, fresh, amount_fen=116_00).state

    def give_back() -> object:
        return agree_to_refund(sale.seller, sale.case_id).id

    issued, refunded = committed.in_parallel(committing(issue), committing(give_back))
    assert not isinstance(refunded, Exception), refunded
    db.session.rollback()
    blue = db.session.get_one(Invoice, made[0], populate_existing=True)
    reds = db.session.scalars(
        select(Invoice).where(Invoice.original_id == blue.id, Invoice.kind == InvoiceKind.RED)
    ).all()
    if isinstance(issued, Exception):
        # The refund came first: what was issued outside is refused, and less is to be issued.
        assert isinstance(issued, InvoiceAmountChanged), issued
        assert (blue.state, blue.amount_fen, list(reds)) == (InvoiceState.REQUESTED, 58_00, [])
    else:
        assert (blue.state, blue.amount_fen) == (InvoiceState.ISSUED, 116_00)
        assert [red.amount_fen for red in reds] == [58_00]
