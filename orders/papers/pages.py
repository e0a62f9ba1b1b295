"""The buttons that make an order's papers, and the public page that checks one."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import ids, layout
from marketplace.database import transaction
from marketplace.errors import Conflict, NotFound
from marketplace.http import attached, requires
from marketplace.identity.actor import current_actor
from marketplace.language import t
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
        return _page(code="", paper=None)
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
        return _page(404, code=typed[:40], paper=None, numbered=_kind_of_number(typed))
    return _page(code=paper.code, paper=paper, is_intact=service.is_intact(paper))


def _kind_of_number(typed: str) -> PaperKind | None:
    """Tell whether the number was typed in place of the code: the two look alike."""
    number = typed.strip().upper()
    return next(
        (
            kind
            for kind in PaperKind
            if number.startswith(kind.prefix) and ids.is_well_formed(number, kind.prefix)
        ),
        None,
    )


def _page(status: int = 200, **facts: Any) -> Response:
    prefixes = t("、", ", ").join(kind.prefix for kind in PaperKind)
    return render("papers/check.html", status, prefixes=prefixes, **facts)
