"""The buttons that make an order's papers, and the public page that checks one."""

from __future__ import annotations

import uuid

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import layout
from marketplace.database import transaction
from marketplace.errors import Conflict, NotFound
from marketplace.http import attached, requires
from marketplace.identity.actor import current_actor
from marketplace.pages import PageBlueprint, render
from marketplace.papers import PDF
from marketplace.permissions import Permission
from orders.papers import queries, service
from orders.papers.errors import PaperNotFound
from orders.papers.models import PaperKind
from orders.trades.queries import Standing, standing_of

blueprint = PageBlueprint("papers_pages", __name__)


@blueprint.post("/orders/<uuid:order_id>/papers")
@requires(Permission.ORDER_READ)
def make_paper(order_id: uuid.UUID) -> Response:
    """Make a paper of an order and hand it over."""
    actor = current_actor()
    order = queries.get_order_of_party(actor, order_id)
    kind = request.form.get("kind")
    if kind not in set(PaperKind):
        raise NotFound
    is_seller = standing_of(actor, order) is Standing.SELLER
    try:
        with transaction():
            paper_id = service.make_paper(actor, order_id, kind=PaperKind(kind)).id
    except Conflict as problem:
        layout.tell(problem.title, "bad")
        return redirect(f"/desk/orders/{order_id}" if is_seller else f"/orders/{order_id}", 303)
    return redirect(f"/order-papers/{paper_id}/paper.pdf", 303)


@blueprint.get("/order-papers/<uuid:paper_id>/paper.pdf")
@requires(Permission.ORDER_READ)
def take_paper(paper_id: uuid.UUID) -> Response:
    """Take a paper as PDF."""
    paper = queries.get_paper(current_actor(), paper_id)
    return attached(service.write_paper(paper), PDF, f"{paper.paper_no}.pdf")


@blueprint.get("/papers")
@requires(Permission.PUBLIC)
def ask_for_code() -> Response:
    """Show the form for a code, or go to the paper whose code was typed."""
    typed = request.args.get("code", "").strip().upper()
    if not typed:
        return render("papers/check.html", code="", paper=None)
    return _check(typed)


@blueprint.get("/papers/<paper_code>")
@requires(Permission.PUBLIC)
def check_paper(paper_code: str) -> Response:
    """Say whether a paper with this code was made here, and what anybody may know of it."""
    return _check(paper_code)


def _check(typed: str) -> Response:
    try:
        paper = queries.get_paper_by_code(typed)
    except PaperNotFound:
        return render("papers/check.html", 404, code=typed[:40], paper=None)
    return render(
        "papers/check.html", code=paper.code, paper=paper, is_intact=service.is_intact(paper)
    )
