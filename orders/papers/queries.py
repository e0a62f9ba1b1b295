"""Selects on papers; the two sides of a sale see its papers, nobody else."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select

from marketplace import ids
from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.papers.errors import PaperNotFound
from orders.papers.models import OrderPaper, PaperKind
from orders.trades import queries as trade_queries
from orders.trades.models import Order


def orders_of_party(actor: Actor) -> ColumnElement[bool]:
    """Return the condition "the actor bought or sold this order"; offices see no addresses."""
    return or_(trade_queries.bought_by(actor), trade_queries.sold_by(actor))


def get_order_of_party(actor: Actor, order_id: uuid.UUID) -> Order:
    """Return an order that the actor bought or sold; raises PaperNotFound."""
    order = db.session.scalar(select(Order).where(Order.id == order_id, orders_of_party(actor)))
    if order is None:
        raise PaperNotFound
    return order


def get_paper(actor: Actor, paper_id: uuid.UUID) -> OrderPaper:
    """Return a paper of an order that the actor bought or sold; raises PaperNotFound."""
    mine = select(Order.id).where(orders_of_party(actor))
    statement = select(OrderPaper).where(OrderPaper.id == paper_id, OrderPaper.order_id.in_(mine))
    return _found(db.session.scalar(statement))


def get_paper_by_code(code: str) -> OrderPaper:
    """Return the paper with a code as a person types it; raises PaperNotFound."""
    typed = code.strip().upper()
    if not ids.is_well_formed(typed, ""):
        raise PaperNotFound
    plain = typed.replace("-", "")
    written = f"{plain[:4]}-{plain[4:8]}-{plain[8:]}"
    return _found(db.session.scalar(select(OrderPaper).where(OrderPaper.code == written)))


def find_paper(order: Order, kind: PaperKind) -> OrderPaper | None:
    """Return the paper of a kind that an order has; who asks has checked the order."""
    statement = select(OrderPaper).where(
        OrderPaper.cooperative_id == order.cooperative_id,
        OrderPaper.order_id == order.id,
        OrderPaper.kind == kind,
    )
    return db.session.scalar(statement)


def list_papers(order: Order) -> Sequence[OrderPaper]:
    """Return the papers that an order has; who asks has checked the order."""
    statement = select(OrderPaper).where(
        OrderPaper.cooperative_id == order.cooperative_id, OrderPaper.order_id == order.id
    )
    return db.session.scalars(statement.order_by(OrderPaper.id)).all()


def _found(paper: OrderPaper | None) -> OrderPaper:
    if paper is None:
        raise PaperNotFound
    return paper
