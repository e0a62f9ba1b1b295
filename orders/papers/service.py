"""Making a paper: once per order and kind, from then on the same."""

import uuid
from dataclasses import dataclass

import orjson
from flask import current_app

from marketplace import audit, clock, secrets
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_number
from orders.papers import contents, documents, queries
from orders.papers.errors import PaperForUnitsOnly, PaperNotFound, PaperTooEarly
from orders.papers.models import OrderPaper, PaperKind
from orders.trades import queries as trade_queries
from orders.trades.errors import OrderNotFound
from orders.trades.models import Order
from orders.trades.states import OrderState
from partners.buying_units.models import BuyingUnit
from partners.cooperatives.models import Cooperative

_NO_CONTRACT = frozenset({OrderState.UNPAID, OrderState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Offer:
    """A kind of paper that an order has or may have now; ``paper`` is None until it is made."""

    kind: PaperKind
    paper: OrderPaper | None


def list_offers(order: Order) -> list[Offer]:
    """Return the papers that the sides of an order may take now; new ones for a unit's order only."""
    made = {paper.kind: paper for paper in queries.list_papers(order)}
    return [
        Offer(kind, made.get(kind))
        for kind in PaperKind
        if kind in made or _is_ready(order, kind)
    ]  # fmt: skip


def _is_ready(order: Order, kind: PaperKind) -> bool:
    if order.buying_unit_id is None or order.state in _NO_CONTRACT:
        return False
    return kind is PaperKind.CONTRACT or order.accepted_at is not None


def make_paper(actor: Actor, order_id: uuid.UUID, *, kind: PaperKind) -> OrderPaper:
    """Make a paper of an order that the actor bought or sold, or return the one there is.

    Raises PaperNotFound, PaperForUnitsOnly, PaperTooEarly.
    """
    try:
        order = trade_queries.lock_order(order_id, queries.orders_of_party(actor))
    except OrderNotFound:
        raise PaperNotFound from None
    found = queries.find_paper(order, kind)
    if found is not None:
        return found
    if order.buying_unit_id is None:
        raise PaperForUnitsOnly
    if not _is_ready(order, kind):
        raise PaperTooEarly
    parties = contents.Parties(
        db.session.get_one(Cooperative, order.cooperative_id),
        db.session.get_one(BuyingUnit, order.buying_unit_id),
    )
    paper_no = new_number(kind.prefix)
    content = contents.content_of(kind, order, parties, paper_no)
    text = contents.write(content)
    paper = OrderPaper(
        cooperative_id=order.cooperative_id,
        order_id=order.id,
        kind=kind,
        paper_no=paper_no,
        code=new_number(""),
        content_sealed=secrets.seal(text),
        content_hash=contents.digest(text),
        cooperative_name=order.cooperative_name,
        buying_unit_name=content["buyer"]["name"],
        total_fen=content["total_fen"],
        made_at=clock.now(),
        made_by=actor.account_id,
    )
    db.session.add(paper)
    db.session.flush()
    audit.record(
        "paper.made", "order", order.id, actor=actor, after={"kind": kind, "paper_no": paper_no}
    )
    return paper


def write_paper(paper: OrderPaper) -> bytes:
    """Return a paper as PDF: the same bytes each time."""
    public_url: str = current_app.config["SETTINGS"].public_url
    return documents.write_pdf(
        orjson.loads(secrets.unseal(paper.content_sealed)),
        code=paper.code,
        content_hash=paper.content_hash,
        made_at=paper.made_at,
        check_url=f"{public_url}/papers/{paper.code}",
    )


def is_intact(paper: OrderPaper) -> bool:
    """Tell whether a paper's content still has the hash that was frozen with it."""
    return contents.digest(secrets.unseal(paper.content_sealed)) == paper.content_hash
