"""Every select on direct bookings; finance officers and auditors see them whole."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import Select, func, select

from marketplace import cursors
from marketplace.database import db
from orders.direct_bookings.errors import DirectBookingNotFound
from orders.direct_bookings.models import BookingState, DirectBooking
from orders.journal.direct_entries import Purpose
from orders.reconciliation.kinds import BOOKABLE
from orders.reconciliation.models import Difference, DifferenceState, Item, ProviderMovement

ORDER: cursors.Keys = [(DirectBooking.id, "desc")]
# What may be said of a bank entry, and of a provider's movement.
AT_BANK = (Purpose.BANK_CHARGE, Purpose.INTEREST, Purpose.OWN_FUNDS, Purpose.OTHER)
AT_PROVIDER = (Purpose.PROVIDER_FEE, Purpose.OWN_FUNDS, Purpose.OTHER)


def select_bookings(state: BookingState | None = None) -> Select[DirectBooking]:
    """Select the bookings, in one state if given."""
    found = select(DirectBooking)
    return found if state is None else found.where(DirectBooking.state == state)


def count_proposed() -> int:
    """Count the bookings that wait for a second officer."""
    waiting = select_bookings(BookingState.PROPOSED).with_only_columns(func.count())
    return db.session.scalars(waiting).one()


def get_booking(booking_id: uuid.UUID) -> DirectBooking:
    """Return a booking; raises DirectBookingNotFound."""
    found = db.session.get(DirectBooking, booking_id, populate_existing=True)
    if found is None:
        raise DirectBookingNotFound
    return found


def list_bookings_of(item: Item, subject_id: uuid.UUID) -> Sequence[DirectBooking]:
    """Return what was ever said of a bank entry or a provider's movement, first said first."""
    evidence = DirectBooking.bank_entry_id
    if item is not Item.BANK_ENTRY:
        evidence = DirectBooking.movement_id
    found = select(DirectBooking).where(evidence == subject_id).order_by(DirectBooking.id)
    return db.session.scalars(found.execution_options(populate_existing=True)).all()


def list_movements(movement_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, ProviderMovement]:
    """Return providers' movements by id."""
    found = select(ProviderMovement).where(ProviderMovement.id.in_(movement_ids))
    return {movement.id: movement for movement in db.session.scalars(found)}


def list_purposes(difference: Difference) -> Sequence[Purpose]:
    """Return what a difference may be booked as; nothing where it has another way, or agrees."""
    is_named = difference.kind in BOOKABLE and difference.currency == "CNY"
    if not is_named or difference.state is DifferenceState.SETTLED:
        return ()
    if difference.item is Item.BANK_ENTRY:
        return AT_BANK
    return AT_PROVIDER if difference.item is Item.MOVEMENT else ()
