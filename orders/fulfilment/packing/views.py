"""The API of pick lists and labels."""

import uuid
from typing import Any

from flask import Response

from marketplace.http import FILE, ApiBlueprint, attached, requires
from marketplace.identity.actor import current_actor
from marketplace.papers import PDF
from marketplace.permissions import Permission
from orders.fulfilment.labels import write_labels
from orders.fulfilment.packing.access import require_shipping
from orders.fulfilment.pick_lists import PickList, make_pick_list, write_pick_list
from orders.fulfilment.schemas import LabelQuerySchema, PickListSchema

blp = ApiBlueprint(
    "packing", __name__, url_prefix="/api/v1/cooperatives", description="备货 Packing"
)


def _listed(cooperative_id: uuid.UUID) -> PickList:
    actor = current_actor()
    require_shipping(actor, cooperative_id)
    return make_pick_list(actor, cooperative_id=cooperative_id)


@blp.route("/<uuid:cooperative_id>/pick-list", methods=["GET"])
@requires(Permission.ORDER_SHIP)
@blp.response(200, PickListSchema)
def get_pick_list(cooperative_id: uuid.UUID) -> PickList:
    """Show what to take from the shelf for the orders that wait, summed by SKU."""
    return _listed(cooperative_id)


@blp.route("/<uuid:cooperative_id>/pick-list.pdf", methods=["GET"])
@requires(Permission.ORDER_SHIP)
@blp.response(200, FILE, content_type=PDF)
def download_pick_list(cooperative_id: uuid.UUID) -> Response:
    """Take the pick list as a paper in Chinese."""
    return attached(write_pick_list(_listed(cooperative_id)), PDF, "pick-list.pdf")


@blp.route("/<uuid:cooperative_id>/labels.pdf", methods=["GET"])
@requires(Permission.ORDER_SHIP)
@blp.arguments(LabelQuerySchema, location="query")
@blp.response(200, FILE, content_type=PDF)
def download_labels(query: dict[str, Any], cooperative_id: uuid.UUID) -> Response:
    """Take a thermal label for each order that waits, 76×130 or 100×150 mm."""
    listed = _listed(cooperative_id)
    return attached(write_labels(listed.orders, query["size"]), PDF, "labels.pdf")
