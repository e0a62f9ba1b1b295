"""The API of many waybills at once."""

import uuid
from typing import Any

from flask import Response

from marketplace.http import FILE, ApiBlueprint, attached, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from marketplace.spreadsheets import MAX_BYTES, XLSX, read_rows
from orders.fulfilment.batches.checking import CheckedParcel, check_parcels
from orders.fulfilment.batches.errors import WaybillTableMissing, WaybillTableTooLong
from orders.fulfilment.batches.reading import MAX_ROWS, Entered, read_table, write_template
from orders.fulfilment.batches.running import send_parcels
from orders.fulfilment.batches.schemas import (
    CheckedParcelSchema,
    WaybillFileSchema,
    WaybillRowsSchema,
)
from orders.fulfilment.packing.access import require_shipping
from orders.fulfilment.pick_lists import make_pick_list

blp = ApiBlueprint(
    "waybill_batches", __name__, url_prefix="/api/v1/cooperatives", description="批量发货 Waybills"
)


@blp.route("/<uuid:cooperative_id>/waybills/check", methods=["POST"])
@requires(Permission.ORDER_SHIP)
@blp.arguments(WaybillRowsSchema)
@blp.response(200, CheckedParcelSchema(many=True))
def check_waybills(entered: list[Entered], cooperative_id: uuid.UUID) -> list[CheckedParcel]:
    """Say what would become of each parcel, and why not; changes nothing."""
    require_shipping(current_actor(), cooperative_id)
    return check_parcels([cooperative_id], entered)


@blp.route("/<uuid:cooperative_id>/waybills/check-file", methods=["POST"])
@requires(Permission.ORDER_SHIP)
@blp.arguments(WaybillFileSchema, location="files")
@blp.response(200, CheckedParcelSchema(many=True))
@blp.alt_response(413, description="The file is over 5 MB")
def check_waybill_file(files: dict[str, Any], cooperative_id: uuid.UUID) -> list[CheckedParcel]:
    """Read a table and say what would become of each parcel; changes nothing."""
    require_shipping(current_actor(), cooperative_id)
    if "file" not in files:
        raise WaybillTableMissing
    with files["file"].stream as stream:
        entered = read_table(read_rows(stream.read(MAX_BYTES + 1)))
    if len(entered) > MAX_ROWS:
        raise WaybillTableTooLong(MAX_ROWS)
    return check_parcels([cooperative_id], entered)


@blp.route("/<uuid:cooperative_id>/waybills", methods=["POST"])
@requires(Permission.ORDER_SHIP)
@idempotent(steps=True)
@blp.arguments(WaybillRowsSchema)
@blp.response(201, CheckedParcelSchema(many=True))
def send_waybills(entered: list[Entered], cooperative_id: uuid.UUID) -> list[CheckedParcel]:
    """Record the parcels row by row: one at fault stops none, one recorded already is left alone."""
    actor = current_actor()
    require_shipping(actor, cooperative_id)
    return send_parcels(actor, [cooperative_id], entered)


@blp.route("/<uuid:cooperative_id>/waybills/template.xlsx", methods=["GET"])
@requires(Permission.ORDER_SHIP)
@blp.response(200, FILE, content_type=XLSX)
def download_waybill_template(cooperative_id: uuid.UUID) -> Response:
    """Take a table to fill in, with the orders that wait."""
    actor = current_actor()
    require_shipping(actor, cooperative_id)
    listed = make_pick_list(actor, cooperative_id=cooperative_id)
    return attached(write_template(listed), XLSX, "waybills.xlsx")
