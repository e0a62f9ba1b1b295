"""The opening balance of the bank account: one officer enters it, another agrees, and it is booked."""

import uuid
from datetime import date

from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from orders.bank_balance import queries
from orders.bank_balance.errors import (
    OpeningAlreadyDecided,
    OpeningConfirmedBySameOfficer,
    OpeningKnown,
    OpeningTooLate,
)
from orders.bank_balance.models import BankOpening, OpeningState
from orders.journal import service as journal
from orders.journal.direct_entries import bank_opened


def propose_opening(actor: Actor, *, day: date, amount_fen: int, reason: str) -> BankOpening:
    """Say what stood on the account when a day began. Raises OpeningTooLate, OpeningKnown."""
    _lock_openings()
    first = queries.find_first_day()
    if day > (first or clock.today()):
        why = OpeningTooLate.title.format(first=(first or clock.today()).isoformat())
        raise OpeningTooLate(why, fields={"day": why})
    if queries.find_opening(OpeningState.CONFIRMED) is not None:
        raise OpeningKnown
    values = {
        "id": new_id(),
        "day": day,
        "amount_fen": amount_fen,
        "state": OpeningState.PROPOSED,
        "reason": reason,
        "proposed_by": actor.account_id,
        "proposed_at": clock.now(),
    }
    said = insert(BankOpening).values(values).on_conflict_do_nothing().returning(BankOpening)
    opening = db.session.scalars(said).first()
    if opening is None:
        raise OpeningKnown
    _audit(actor, opening)
    return opening


def confirm_opening(actor: Actor, opening_id: uuid.UUID) -> BankOpening:
    """Agree with another officer: the balance is in the journal, as the platform's own money.

    Raises BankOpeningNotFound, OpeningConfirmedBySameOfficer, OpeningAlreadyDecided.
    """
    _lock_openings()
    opening = queries.get_opening(opening_id)
    if opening.proposed_by == actor.account_id and opening.state is OpeningState.PROPOSED:
        raise OpeningConfirmedBySameOfficer
    _decide(actor, opening, OpeningState.CONFIRMED)
    journal.post([bank_opened(opening.id, opening.amount_fen)])
    return opening


def reject_opening(actor: Actor, opening_id: uuid.UUID) -> BankOpening:
    """Refuse it, or take it back. Raises BankOpeningNotFound, OpeningAlreadyDecided."""
    opening = queries.get_opening(opening_id)
    _decide(actor, opening, OpeningState.REJECTED)
    return opening


def _lock_openings() -> None:
    """Let one at a time speak of the opening balance, until the transaction ends."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('bank_openings'))"))


def _decide(actor: Actor, opening: BankOpening, state: OpeningState) -> None:
    decided = db.session.scalar(
        update(BankOpening)
        .where(BankOpening.id == opening.id, BankOpening.state == OpeningState.PROPOSED)
        .values(state=state, decided_by=actor.account_id, decided_at=clock.now())
        .returning(BankOpening.id)
        .execution_options(synchronize_session=False)
    )
    if decided is None:
        raise OpeningAlreadyDecided
    db.session.refresh(opening)
    _audit(actor, opening)


def _audit(actor: Actor, opening: BankOpening) -> None:
    audit.record(
        f"bank_opening.{opening.state}", "bank_opening", opening.id, actor=actor,
        after={"day": opening.day.isoformat(), "amount_fen": opening.amount_fen},
    )  # fmt: skip
