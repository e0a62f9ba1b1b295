"""Selects on papers; the two sides of a sale see its papers, nobody else."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from marketplace import ids
from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.aftersales.models import AftersalesCase, CaseEvent
from orders.papers.errors import PaperNotFound
from orders.papers.models import OrderPaper, PaperKind
from orders.trades import queries as trade_queries
from orders.trades.models import Order
from orders.trades.states import REFUNDING


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


def find_refund_moments(order: Order) -> dict[uuid.UUID, datetime]:
    """Return per after-sales case of an order when its refund was booked; who asks has checked."""
    rows = db.session.execute(
        select(CaseEvent.case_id, func.min(CaseEvent.at).label("at"))
        .join(
            AftersalesCase,
            (AftersalesCase.cooperative_id == CaseEvent.cooperative_id)
            & (AftersalesCase.id == CaseEvent.case_id),
        )
        .where(
            AftersalesCase.cooperative_id == order.cooperative_id,
            AftersalesCase.order_id == order.id,
            AftersalesCase.state.in_(sorted(REFUNDING)),
            CaseEvent.state.in_(sorted(REFUNDING)),
        )
        .group_by(CaseEvent.case_id)
    )
    return {row.case_id: row.at for row in rows}


def _found(paper: OrderPaper | None) -> OrderPaper:
    if paper is None:
        raise PaperNotFound
    return paper
