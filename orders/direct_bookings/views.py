"""The JSON API of direct bookings."""

import uuid
from typing import Any

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.direct_bookings import queries, service
from orders.direct_bookings.models import DirectBooking
from orders.direct_bookings.schemas import (
    DirectBookingPageSchema,
    DirectBookingQuerySchema,
    DirectBookingSchema,
    ProposeBookingSchema,
)

blp = ApiBlueprint(
    "direct_bookings", __name__, url_prefix="/api/v1/reconciliation",
    description="直接入账 Direct bookings",
)  # fmt: skip


@blp.route("/differences/<uuid:difference_id>/bookings", methods=["POST"])
@requires(Permission.DIFFERENCE_CLOSE)
@idempotent
@blp.arguments(ProposeBookingSchema)
@blp.response(201, DirectBookingSchema)
def propose_direct_booking(command: dict[str, Any], difference_id: uuid.UUID) -> DirectBooking:
    """Say what money is that no sale explains; another officer confirms it, then it is booked."""
    with transaction():
        return service.propose_booking(current_actor(), difference_id, **command)


@blp.route("/bookings", methods=["GET"])
@requires(Permission.RECONCILIATION_READ)
@blp.arguments(DirectBookingQuerySchema, location="query")
@blp.response(200, DirectBookingPageSchema)
def list_direct_bookings(query: dict[str, Any]) -> Page[DirectBooking]:
    """List what was booked directly, or is to be, the latest first."""
    return paginate(queries.select_bookings(query.pop("state")), queries.ORDER, **query)


@blp.route("/bookings/<uuid:booking_id>", methods=["GET"])
@requires(Permission.RECONCILIATION_READ)
@blp.response(200, DirectBookingSchema)
def get_direct_booking(booking_id: uuid.UUID) -> DirectBooking:
    """Show one."""
    return queries.get_booking(booking_id)


@blp.route("/bookings/<uuid:booking_id>/confirm", methods=["POST"])
@requires(Permission.BOOKING_CONFIRM)
@blp.response(200, DirectBookingSchema)
def confirm_direct_booking(booking_id: uuid.UUID) -> DirectBooking:
    """Agree with what another officer said: it is booked."""
    with transaction():
        return service.confirm_booking(current_actor(), booking_id)


@blp.route("/bookings/<uuid:booking_id>/reject", methods=["POST"])
@requires(Permission.DIFFERENCE_CLOSE)
@blp.response(200, DirectBookingSchema)
def reject_direct_booking(booking_id: uuid.UUID) -> DirectBooking:
    """Refuse, or take back, what was said; the difference stays open."""
    with transaction():
        return service.reject_booking(current_actor(), booking_id)
