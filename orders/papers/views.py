"""The API of an order's papers, and of their check by anybody."""

import uuid
from typing import Any

from flask import Response

from marketplace.database import transaction
from marketplace.http import FILE, ApiBlueprint, attached, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.papers import PDF
from marketplace.permissions import Permission
from orders.papers import queries, service
from orders.papers.models import OrderPaper
from orders.papers.schemas import (
    CheckedPaperSchema,
    MakePaperSchema,
    OfferListSchema,
    OrderPaperSchema,
)

blp = ApiBlueprint("papers", __name__, url_prefix="/api/v1", description="单据 Papers")


@blp.route("/orders/<uuid:order_id>/papers", methods=["GET"])
@requires(Permission.ORDER_READ)
@blp.response(200, OfferListSchema)
def list_order_papers(order_id: uuid.UUID) -> dict[str, Any]:
    """List the papers of an order: contract and acceptance note, for its two sides."""
    return {"items": service.list_offers(queries.get_order_of_party(current_actor(), order_id))}


@blp.route("/orders/<uuid:order_id>/papers", methods=["POST"])
@requires(Permission.ORDER_READ)
@idempotent
@blp.arguments(MakePaperSchema)
@blp.response(201, OrderPaperSchema)
def make_order_paper(command: dict[str, Any], order_id: uuid.UUID) -> OrderPaper:
    """Make a paper of a unit's order; asked again, it is the same paper."""
    with transaction():
        return service.make_paper(current_actor(), order_id, **command)


@blp.route("/papers/<uuid:paper_id>/paper.pdf", methods=["GET"])
@requires(Permission.ORDER_READ)
@blp.response(200, FILE, content_type=PDF)
def download_paper(paper_id: uuid.UUID) -> Response:
    """Take a paper as PDF."""
    paper = queries.get_paper(current_actor(), paper_id)
    return attached(service.write_paper(paper), PDF, f"{paper.paper_no}.pdf")


@blp.route("/papers/codes/<paper_code>", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.response(200, CheckedPaperSchema)
def check_paper(paper_code: str) -> OrderPaper:
    """Check a paper by the code printed on it."""
    return queries.get_paper_by_code(paper_code)
