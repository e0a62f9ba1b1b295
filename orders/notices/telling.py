"""From what happened to who is told what of it."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from marketplace import clock
from marketplace.database import Model
from marketplace.money import yuan
from marketplace.notices.service import Telling, Words
from marketplace.outbox.kinds import EventKind as K
from marketplace.outbox.models import Event
from orders.aftersales.models import AftersalesCase
from orders.cancellations.models import Cancellation
from orders.card_disputes.models import CardDispute
from orders.fulfilment.models import Parcel
from orders.invoices.models import Invoice
from orders.notices import queries
from orders.notices.wording import say
from orders.payments.models import CURRENCY, Refund, RefundState
from orders.pickups.models import Pickup
from orders.receivables.models import Receivable
from orders.requisitions.models import Requisition
from orders.settlements.models import Statement
from orders.trades.models import Order
from orders.trades.states import SEND_REPLACEMENT, By, OrderState
from partners.buying_units.models import BuyingUnit
from partners.cooperatives.models import Cooperative
from products.catalogue.models import Product
from products.certificates.models import Certificate

People = Sequence[uuid.UUID | None]
Told = tuple[People, Words]


@dataclass(frozen=True, slots=True)
class Book:
    """What the events of one round are about, read at once."""

    subjects: dict[uuid.UUID, Model]
    orders: dict[uuid.UUID, Order]
    products: dict[uuid.UUID, Product]
    sellers: dict[uuid.UUID | None, list[uuid.UUID]]
    managers: dict[uuid.UUID | None, list[uuid.UUID]]
    approvers: dict[uuid.UUID | None, list[uuid.UUID]]
    units: dict[uuid.UUID | None, list[uuid.UUID]]
    finance: list[uuid.UUID]


def compose(events: Sequence[Event]) -> list[Telling]:
    """Return what is to be told of events, of any kinds in ``KINDS``, and to whom."""
    book = _read(events)
    tellings = []
    for event in events:
        subject = book.subjects.get(event.subject_id)
        if subject is None:
            continue
        for people, words in _RULES[event.kind](event, subject, book):
            recipients = dict.fromkeys(one for one in people if one is not None)
            tellings += [Telling(event.id, one, words) for one in recipients]
    return tellings


def _read(events: Sequence[Event]) -> Book:
    subjects: dict[uuid.UUID, Model] = {}
    for model, kinds in _SUBJECTS.items():
        subjects |= queries.load(model, [e.subject_id for e in events if e.kind.subject in kinds])
    order_ids = {event.facts.get("order_id") for event in events}
    order_ids |= {one.order_id for one in subjects.values() if isinstance(one, Receivable)}
    cooperatives = {event.cooperative_id for event in events}
    units = {event.buying_unit_id for event in events}
    return Book(
        subjects=subjects,
        orders=queries.load(Order, order_ids),
        products=queries.load(
            Product, [one.product_id for one in subjects.values() if isinstance(one, Certificate)]
        ),
        sellers=queries.list_of_cooperative(cooperatives, queries.SELLERS),
        managers=queries.list_of_cooperative(cooperatives, queries.MANAGERS),
        approvers=queries.list_of_unit(units, queries.APPROVERS),
        units=queries.list_of_unit(units, queries.UNITS),
        finance=queries.list_finance_officers(),
    )


_SUBJECTS: dict[type[Model], tuple[str, ...]] = {
    Parcel: ("parcel",),
    Pickup: ("pickup",),
    Refund: ("refund",),
    Cancellation: ("cancellation",),
    AftersalesCase: ("aftersales",),
    Requisition: ("requisition",),
    Receivable: ("receivable",),
    Invoice: ("invoice",),
    Statement: ("statement",),
    Product: ("product",),
    Certificate: ("certificate",),
    Cooperative: ("cooperative",),
    BuyingUnit: ("buying_unit",),
    CardDispute: ("dispute",),
}


def _moment(instant: datetime | None) -> str:
    # Without the year: it is never far away.
    return "" if instant is None else clock.deadline(instant)[5:]


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _order_of(event: Event, book: Book) -> Order | None:
    order_id = event.facts.get("order_id")
    return book.orders.get(uuid.UUID(order_id)) if order_id else None


# --- the buyer's orders ---------------------------------------------------------------------


def _shipped(event: Event, parcel: Parcel, book: Book) -> list[Told]:
    order = _order_of(event, book)
    if order is None:
        return []
    words = say(
        "order_shipped", f"/orders/{order.id}",
        number=order.order_no, pieces=str(event.facts.get("pieces", "")),
    )  # fmt: skip
    return [([event.account_id], words)]


def _pickup(event: Event, pickup: Pickup, book: Book) -> list[Told]:
    order = _order_of(event, book)
    if order is None:
        return []
    kind = event.kind.value.replace(".", "_")
    words = say(
        kind, f"/orders/{order.id}",
        number=order.order_no, place=pickup.point_name, due=_moment(pickup.due_at),
    )  # fmt: skip
    return [([event.account_id], words)]


def _refunded(event: Event, refund: Refund, book: Book) -> list[Told]:
    if refund.currency != CURRENCY:
        # Paid by mistake in another currency; the words are of yuan, and its provider tells of it.
        return []
    told: list[Told] = []
    if event.kind is K.REFUND_FAILED:
        values = {"number": refund.refund_no, "amount": yuan(refund.amount)}
        told.append((book.finance, say("refund_failed", "/desk/failed-refunds", **values)))
    if refund.order_id is not None:
        words = _returned_of_order(event, refund, book.orders.get(refund.order_id))
    else:
        words = _returned_of_trade(event, refund)
    return told if words is None else [*told, ([event.account_id], words)]


def _returned_of_order(event: Event, refund: Refund, order: Order | None) -> Words | None:
    """Say what came back of an order; of one that was called off once, when all of it is through."""
    if order is None:
        return None
    link, number = f"/orders/{order.id}", order.order_no
    if order.state is not OrderState.CANCELLED:
        if event.kind is K.REFUND_FAILED:
            return None
        return say("refund_done", link, number=number, amount=yuan(refund.amount))
    together = queries.list_refunds_of(order)
    last = max(together, key=lambda one: (one.ended_at is None, one.ended_at, one.id))
    returned = sum(one.amount for one in together if one.state is RefundState.SUCCEEDED)
    if last.id != refund.id or returned == 0:
        return None
    return say("order_refunded", link, number=number, amount=yuan(returned))


def _returned_of_trade(event: Event, refund: Refund) -> Words | None:
    if event.kind is K.REFUND_FAILED:
        return None
    trade = queries.get_trade_of(refund)
    link = f"/trades/{trade.id}/pay"
    return say("payment_returned", link, number=trade.trade_no, amount=yuan(refund.amount))


def _cancellation(event: Event, cancellation: Cancellation, book: Book) -> list[Told]:
    order = _order_of(event, book)
    if order is None:
        return []
    kind = event.kind.value.replace(".", "_")
    if event.kind is K.CANCELLATION_ASKED:
        words = say(
            kind, f"/desk/orders/{order.id}",
            number=order.order_no, due=_moment(cancellation.due_at),
        )  # fmt: skip
        return [(book.sellers.get(event.cooperative_id, []), words)]
    if cancellation.answered_by == cancellation.asked_by == event.account_id:
        # Who called it off at once knows, and is told when the money is back.
        return []
    return [([event.account_id], say(kind, f"/orders/{order.id}", number=order.order_no))]


# --- after-sales ----------------------------------------------------------------------------


def _case_opened(event: Event, case: AftersalesCase, book: Book) -> list[Told]:
    if case.opened_by is not By.BUYER or case.due_at is None:
        return []
    words = say(
        "aftersales_opened", f"/desk/refunds/{case.id}",
        number=case.case_no, due=_moment(case.due_at),
    )  # fmt: skip
    return [(book.sellers.get(event.cooperative_id, []), words)]


def _case_decided(event: Event, case: AftersalesCase, book: Book) -> list[Told]:
    if queries.is_of_cancellation(case):
        # The order was called off; that is told of the order, not of each of its lines.
        return []
    words = say("aftersales_decided", f"/aftersales/{case.id}", number=case.case_no)
    return [([event.account_id], words)]


def _case_moved(event: Event, case: AftersalesCase, book: Book) -> list[Told]:
    if event.facts.get("deed") != SEND_REPLACEMENT.deed:
        return []
    words = say("replacement_sent", f"/aftersales/{case.id}", number=case.case_no)
    return [([event.account_id], words)]


# --- a unit's purchases ---------------------------------------------------------------------


def _requisition(event: Event, requisition: Requisition, book: Book) -> list[Told]:
    values = {"number": requisition.requisition_no, "amount": yuan(requisition.total_fen)}
    link = f"/requisitions/{requisition.id}"
    kind = event.kind.value.replace(".", "_")
    if event.kind is not K.REQUISITION_SUBMITTED:
        return [([requisition.requested_by], say(kind, link, **values))]
    approvers = [
        one
        for one in book.approvers.get(event.buying_unit_id, [])
        if one != requisition.requested_by
    ]
    return [(approvers, say(kind, link, due=_moment(requisition.expires_at), **values))]


def _receivable(event: Event, receivable: Receivable, book: Book) -> list[Told]:
    order = book.orders.get(receivable.order_id)
    if order is None or receivable.settled_at is not None:
        return []
    words = say(
        event.kind.value.replace(".", "_"), "/payables",
        number=order.order_no, amount=yuan(int(event.facts["owed_fen"])),
        due=_day(receivable.due_on),
    )  # fmt: skip
    return [(book.units.get(event.buying_unit_id, []), words)]


def _invoice(event: Event, invoice: Invoice, book: Book) -> list[Told]:
    kind = event.kind.value.replace(".", "_")
    words = say(kind, f"/invoices/{invoice.id}", amount=yuan(invoice.amount_fen))
    return [([event.account_id], words)]


# --- cooperatives, and officers who decide --------------------------------------------------


def _statement(event: Event, statement: Statement, book: Book) -> list[Told]:
    values = {"number": statement.statement_no, "amount": yuan(statement.payable_fen)}
    link = f"/desk/statements/{statement.id}"
    if event.kind is K.STATEMENT_DISPUTED:
        words = say("statement_disputed", link, number=statement.statement_no)
        return [(book.finance, words)]
    managers = book.managers.get(event.cooperative_id, [])
    told: list[Told] = [(managers, say(event.kind.value.replace(".", "_"), link, **values))]
    if event.kind is K.STATEMENT_FAILED:
        told.append((book.finance, say("payout_failed", link, **values)))
    return told


def _product(event: Event, product: Product, book: Book) -> list[Told]:
    kind = event.kind.value.replace(".", "_")
    if event.kind is not K.PRODUCT_SUBMITTED:
        words = say(kind, f"/desk/products/{product.id}", name=product.name)
        return [(book.sellers.get(event.cooperative_id, []), words)]
    officers = queries.list_officers_over(product.origin_code)
    return [(officers, say(kind, "/office/products", name=product.name))]


def _certificate(event: Event, certificate: Certificate, book: Book) -> list[Told]:
    product = book.products[certificate.product_id]
    words = say(
        event.kind.value.replace(".", "_"), f"/desk/products/{product.id}", name=product.name
    )
    return [(book.sellers.get(event.cooperative_id, []), words)]


def _cooperative(event: Event, cooperative: Cooperative, book: Book) -> list[Told]:
    words = say(
        event.kind.value.replace(".", "_"), f"/apply/cooperative/{cooperative.id}",
        name=cooperative.name,
    )  # fmt: skip
    return [([event.account_id, *book.managers.get(event.cooperative_id, [])], words)]


def _buying_unit(event: Event, unit: BuyingUnit, book: Book) -> list[Told]:
    words = say(event.kind.value.replace(".", "_"), f"/apply/buying-unit/{unit.id}", name=unit.name)
    return [([event.account_id], words)]


def _dispute(event: Event, dispute: CardDispute, book: Book) -> list[Told]:
    order = _order_of(event, book)
    if order is None:
        return []
    words = say(
        event.kind.value.replace(".", "_"), f"/desk/orders/{order.id}", number=order.order_no,
        amount=yuan(int(event.facts["amount_fen"])), held=yuan(int(event.facts["held_fen"])),
    )  # fmt: skip
    return [(book.managers.get(event.cooperative_id, []), words)]


Rule = Callable[..., list[Told]]
_RULES: dict[K, Rule] = {
    K.PARCEL_SHIPPED: _shipped,
    **dict.fromkeys((K.PICKUP_ARRIVED, K.PICKUP_REMINDED, K.PICKUP_UNCOLLECTED), _pickup),
    **dict.fromkeys((K.REFUND_SUCCEEDED, K.REFUND_FAILED), _refunded),
    **dict.fromkeys(
        (K.CANCELLATION_ASKED, K.CANCELLATION_AGREED, K.CANCELLATION_REFUSED), _cancellation
    ),
    K.AFTERSALES_OPENED: _case_opened,
    K.AFTERSALES_DECIDED: _case_decided,
    K.AFTERSALES_MOVED: _case_moved,
    **dict.fromkeys(
        (K.REQUISITION_SUBMITTED, K.REQUISITION_APPROVED, K.REQUISITION_RETURNED,
         K.REQUISITION_REFUSED, K.REQUISITION_EXPIRED),
        _requisition,
    ),
    **dict.fromkeys(
        (K.RECEIVABLE_DUE_SOON, K.RECEIVABLE_DUE, K.RECEIVABLE_OVERDUE, K.RECEIVABLE_GRACE_OVER,
         K.RECEIVABLE_LONG_OVERDUE),
        _receivable,
    ),
    **dict.fromkeys((K.INVOICE_ISSUED, K.INVOICE_DECLINED), _invoice),
    **dict.fromkeys(
        (K.STATEMENT_ISSUED, K.STATEMENT_REISSUED, K.STATEMENT_DISPUTED, K.STATEMENT_PAID,
         K.STATEMENT_FAILED),
        _statement,
    ),
    **dict.fromkeys(
        (K.CERTIFICATE_ACTIVE, K.CERTIFICATE_RETURNED, K.CERTIFICATE_SUSPENDED,
         K.CERTIFICATE_REVOKED),
        _certificate,
    ),
    **dict.fromkeys(
        (K.COOPERATIVE_ACTIVE, K.COOPERATIVE_RETURNED, K.COOPERATIVE_SUSPENDED), _cooperative
    ),
    **dict.fromkeys((K.BUYING_UNIT_ACTIVE, K.BUYING_UNIT_RETURNED), _buying_unit),
    **dict.fromkeys((K.DISPUTE_OPENED, K.DISPUTE_WON, K.DISPUTE_LOST), _dispute),
    **dict.fromkeys((K.PRODUCT_SUBMITTED, K.PRODUCT_APPROVED, K.PRODUCT_RETURNED), _product),
}  # fmt: skip
KINDS = frozenset(_RULES)
