"""What happens to money of no sale: one officer says what it is, another agrees, and it is booked."""

import uuid

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from orders.bank_entries.models import EntryState
from orders.bank_entries.queries import lock_entry
from orders.direct_bookings import queries
from orders.direct_bookings.errors import (
    BookedAlready,
    BookingAlreadyDecided,
    BookingConfirmedBySameOfficer,
    NotBookable,
    PurposeUnfit,
)
from orders.direct_bookings.models import BookingState, DirectBooking
from orders.journal import service as journal
from orders.journal.direct_entries import Purpose, directly_booked
from orders.journal.entries import Side, provider_owner
from orders.journal.models import AccountKind
from orders.payments.movements import MovementKind
from orders.reconciliation import matching
from orders.reconciliation.models import Difference, Item, ProviderMovement
from orders.reconciliation.queries import get_difference
from orders.reconciliation.service import compare_again

# Transfers are ours: they are booked by what Stripe says of the payout, and never as anything else.
_TRANSFERS = (MovementKind.TRANSFER, MovementKind.TRANSFER_REVERSAL)


def propose_booking(
    actor: Actor, difference_id: uuid.UUID, *, purpose: Purpose, reason: str
) -> DirectBooking:
    """Say what the money of a difference is; it is booked once another officer agrees.

    Raises DifferenceNotFound, NotBookable, PurposeUnfit, BookedAlready.
    """
    difference = get_difference(difference_id)
    allowed = queries.list_purposes(difference)
    if not allowed:
        raise NotBookable
    if purpose not in allowed:
        raise PurposeUnfit(fields={"purpose": PurposeUnfit.title})
    values = {
        "id": new_id(),
        "purpose": purpose,
        **_evidence_of(difference),
        "state": BookingState.PROPOSED,
        "reason": reason,
        "proposed_by": actor.account_id,
        "proposed_at": clock.now(),
    }
    said = insert(DirectBooking).values(values).on_conflict_do_nothing().returning(DirectBooking)
    booking = db.session.scalars(said).first()
    if booking is None:
        raise BookedAlready
    _audit(actor, booking)
    return booking


def _evidence_of(difference: Difference) -> dict[str, object]:
    """Return the entry or movement behind a difference, and all of its amount."""
    if difference.item is Item.BANK_ENTRY:
        # It may not become one of our payments at the same moment.
        matching.lock_matching()
        entry = lock_entry(difference.subject_id)
        if entry.state is not EntryState.OUTGOING or matching.find_match(entry.id) is not None:
            raise NotBookable
        return {"bank_entry_id": entry.id, "amount_fen": -entry.amount_fen}
    movement = db.session.get_one(ProviderMovement, difference.subject_id)
    if movement.kind in _TRANSFERS or movement.amount == 0:
        raise NotBookable
    return {"movement_id": movement.id, "amount_fen": movement.amount}


def confirm_booking(actor: Actor, booking_id: uuid.UUID) -> DirectBooking:
    """Agree with another officer: the entry is in the journal, and its day is compared again.

    Raises DirectBookingNotFound, BookingConfirmedBySameOfficer, BookingAlreadyDecided.
    """
    booking = queries.get_booking(booking_id)
    if booking.proposed_by == actor.account_id and booking.state is BookingState.PROPOSED:
        raise BookingConfirmedBySameOfficer
    _decide(actor, booking, BookingState.CONFIRMED)
    journal.post([directly_booked(booking.id, booking.purpose, _moved(booking))])
    compare_again(actor, *subject_of(booking))
    return booking


def reject_booking(actor: Actor, booking_id: uuid.UUID) -> DirectBooking:
    """Refuse, or take back, what was said: the difference stays as it is.

    Raises DirectBookingNotFound, BookingAlreadyDecided.
    """
    booking = queries.get_booking(booking_id)
    _decide(actor, booking, BookingState.REJECTED)
    return booking


def subject_of(booking: DirectBooking) -> tuple[Item, uuid.UUID]:
    """Return what a booking is about, as differences name it."""
    evidence = (booking.bank_entry_id, booking.movement_id)
    [subject_id] = [one for one in evidence if one is not None]
    return Item.MOVEMENT if booking.movement_id else Item.BANK_ENTRY, subject_id


def _moved(booking: DirectBooking) -> Side:
    """Return the side that the bank, or the provider, shows."""
    if booking.movement_id is None:
        return Side(AccountKind.BANK, booking.amount_fen)
    movement = db.session.get_one(ProviderMovement, booking.movement_id)
    holder = provider_owner(movement.provider)
    return Side(AccountKind.PROVIDER_CLEARING, booking.amount_fen, holder)


def _decide(actor: Actor, booking: DirectBooking, state: BookingState) -> None:
    decided = db.session.scalar(
        update(DirectBooking)
        .where(DirectBooking.id == booking.id, DirectBooking.state == BookingState.PROPOSED)
        .values(state=state, decided_by=actor.account_id, decided_at=clock.now())
        .returning(DirectBooking.id)
        .execution_options(synchronize_session=False)
    )
    if decided is None:
        raise BookingAlreadyDecided
    db.session.refresh(booking)
    _audit(actor, booking)


def _audit(actor: Actor, booking: DirectBooking) -> None:
    item, subject_id = subject_of(booking)
    audit.record(
        f"direct_booking.{booking.state}", "direct_booking", booking.id, actor=actor,
        after={"purpose": booking.purpose, "amount_fen": booking.amount_fen,
               "item": item, "subject_id": str(subject_id)},
    )  # fmt: skip
