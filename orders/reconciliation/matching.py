"""Which payment of ours an outgoing bank entry is: by the bank's serial, by our number, or by a person."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, insert, select, text, update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.statements import fetch_all
from orders.bank_entries.models import BankEntry, EntryState
from orders.bank_entries.queries import lock_entry
from orders.direct_bookings.models import BookingState, DirectBooking
from orders.reconciliation.errors import AlreadyMatched, NotMatchable, PaymentOutUnknown
from orders.reconciliation.models import Item, OutgoingMatch

MAX_UNMATCHED = 2000
BY_SERIAL, BY_NUMBER, BY_OFFICER = "serial", "number", "officer"
# Banks lose hyphens and blanks: two letters and twelve signs, wherever they begin.
_NUMBER = re.compile(r"(?=([A-Z]{2}[0-9A-Z]{12}))")
_LOST = re.compile(r"[^0-9A-Z]")

# Everything that we ever asked the bank to pay, and its answer.
_PAYMENTS = """
SELECT item, subject_id, number, document_no, amount_fen, bank_serial, state FROM (
    SELECT 'payout' AS item, id AS subject_id, payout_no AS number, statement_no AS document_no,
        amount_fen, bank_serial, state
    FROM payouts
    UNION ALL
    SELECT 'bank_refund', b.id, b.payment_no, coalesce(r.refund_no, ''), b.amount_fen,
        b.bank_serial, b.state
    FROM bank_refunds b
    LEFT JOIN refunds r ON r.account_id = b.account_id AND r.id = b.refund_id
    UNION ALL
    SELECT 'refund_settlement', s.id, r.refund_no, '', r.amount, s.bank_serial, 'paid'
    FROM refund_settlements s
    JOIN refunds r ON r.account_id = s.account_id AND r.id = s.refund_id
    WHERE s.state = 'confirmed'
) AS paid
WHERE NOT EXISTS (
    SELECT FROM outgoing_matches m WHERE m.subject_id = paid.subject_id AND m.item = paid.item
        AND m.undone_at IS NULL
)
"""
_BY_SERIAL = _PAYMENTS + " AND bank_serial = ANY(%(serials)s)"
_BY_NUMBER = _PAYMENTS + (
    " AND state <> 'failed' AND (replace(number, '-', '') = ANY(%(numbers)s)"
    " OR replace(document_no, '-', '') = ANY(%(numbers)s))"
    " ORDER BY subject_id"
)
_BY_AMOUNT = _PAYMENTS + " AND amount_fen = %(amount)s ORDER BY subject_id DESC LIMIT 10"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOut:
    """Something that we asked the bank to pay, and that no entry is matched with."""

    item: Item
    subject_id: uuid.UUID
    number: str
    document_no: str
    amount_fen: int
    bank_serial: str | None
    state: str


def _payment(row: Any) -> PaymentOut:
    return PaymentOut(**(row._asdict() | {"item": Item(row.item)}))


def lock_matching() -> None:
    """Let one at a time say what outgoing entries were, until the transaction ends."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('outgoing_matches'))"))


def match_by_rule() -> int:
    """Match outgoing entries by the bank's serial, else by a number of ours in their remark.

    A number counts only with the same amount. Returns how many were matched.
    """
    lock_matching()
    entries = _list_unmatched()
    serials = [entry.serial for entry in entries]
    by_serial = {
        one.bank_serial: one for one in map(_payment, fetch_all(_BY_SERIAL, {"serials": serials}))
    }
    matched = [
        (entry, by_serial[entry.serial], BY_SERIAL)
        for entry in entries
        if entry.serial in by_serial
    ]
    taken = {one.subject_id for _, one, _ in matched}
    rest = [entry for entry in entries if entry.serial not in by_serial]
    matched += _match_by_number(rest, taken)
    if matched:
        db.session.execute(
            insert(OutgoingMatch),
            [_values(entry.id, one.item, one.subject_id, rule) for entry, one, rule in matched],
        )
    return len(matched)


def _match_by_number(
    entries: Sequence[BankEntry], taken: set[uuid.UUID]
) -> list[tuple[BankEntry, PaymentOut, str]]:
    named = {
        entry.id: set(_NUMBER.findall(_LOST.sub("", entry.payer.remark.upper())))
        for entry in entries
    }
    numbers = sorted({number for each in named.values() for number in each})
    if not numbers:
        return []
    payments = [_payment(row) for row in fetch_all(_BY_NUMBER, {"numbers": numbers})]
    found: list[tuple[BankEntry, PaymentOut, str]] = []
    for entry in entries:
        fitting = [
            one
            for one in payments
            if one.amount_fen == entry.amount_fen
            and one.subject_id not in taken
            and {_LOST.sub("", one.number), _LOST.sub("", one.document_no)} & named[entry.id]
        ]
        if len(fitting) == 1:
            taken.add(fitting[0].subject_id)
            found.append((entry, fitting[0], BY_NUMBER))
    return found


def _list_unmatched() -> Sequence[BankEntry]:
    live = select(OutgoingMatch.id).where(
        OutgoingMatch.bank_entry_id == BankEntry.id, OutgoingMatch.undone_at.is_(None)
    )
    statement = (
        select(BankEntry)
        .where(BankEntry.state == EntryState.OUTGOING, ~live.exists(), ~_booking().exists())
        .order_by(BankEntry.occurred_at.desc(), BankEntry.id)
        .limit(MAX_UNMATCHED)
    )
    return db.session.scalars(statement).all()


def _booking() -> Select[uuid.UUID]:
    """Select the booking by which an entry is money of no sale, or is said to be."""
    return select(DirectBooking.id).where(
        DirectBooking.bank_entry_id == BankEntry.id, DirectBooking.state != BookingState.REJECTED
    )


def _is_booked(entry_id: uuid.UUID) -> bool:
    return db.session.scalar(_booking().where(BankEntry.id == entry_id)) is not None


def list_suggestions(entry: BankEntry) -> list[PaymentOut]:
    """Return what an outgoing entry may have been: unmatched payments of its amount, newest first."""
    return [_payment(row) for row in fetch_all(_BY_AMOUNT, {"amount": entry.amount_fen})]


def match_by_officer(
    actor: Actor, entry_id: uuid.UUID, *, item: Item, subject_id: uuid.UUID
) -> OutgoingMatch:
    """Say which payment of ours an outgoing entry was; only one of its amount.

    Raises BankEntryNotFound, NotMatchable, AlreadyMatched, PaymentOutUnknown.
    """
    lock_matching()
    entry = lock_entry(entry_id)
    if entry.state is not EntryState.OUTGOING:
        raise NotMatchable
    if find_match(entry.id) is not None or _is_booked(entry.id):
        raise AlreadyMatched
    if not any((one.item, one.subject_id) == (item, subject_id) for one in list_suggestions(entry)):
        raise PaymentOutUnknown
    values = _values(entry.id, item, subject_id, BY_OFFICER, actor.account_id)
    match = db.session.scalars(insert(OutgoingMatch).values(values).returning(OutgoingMatch)).one()
    audit.record(
        "bank_entry.matched", "bank_entry", entry.id, actor=actor,
        after={"item": item, "subject_id": str(subject_id)},
    )  # fmt: skip
    return match


def undo_match(actor: Actor, item: Item, subject_id: uuid.UUID) -> None:
    """Take back which entry a payment of ours was matched with. Raises NotMatchable."""
    undone = db.session.scalar(
        update(OutgoingMatch)
        .where(
            OutgoingMatch.item == item,
            OutgoingMatch.subject_id == subject_id,
            OutgoingMatch.rule == BY_OFFICER,
            OutgoingMatch.undone_at.is_(None),
        )
        .values(undone_at=clock.now(), undone_by=actor.account_id)
        .returning(OutgoingMatch.bank_entry_id)
        .execution_options(synchronize_session=False)
    )
    if undone is None:
        raise NotMatchable
    audit.record(
        "bank_entry.unmatched", "bank_entry", undone, actor=actor,
        before={"item": item, "subject_id": str(subject_id)},
    )  # fmt: skip


def find_match(entry_id: uuid.UUID) -> OutgoingMatch | None:
    """Return what an outgoing entry is matched with, if anything."""
    statement = select(OutgoingMatch).where(
        OutgoingMatch.bank_entry_id == entry_id, OutgoingMatch.undone_at.is_(None)
    )
    return db.session.scalar(statement)


def is_by_officer(item: Item, subject_id: uuid.UUID) -> bool:
    """Tell whether an officer said which entry a payment of ours was."""
    statement = select(OutgoingMatch.id).where(
        OutgoingMatch.item == item,
        OutgoingMatch.subject_id == subject_id,
        OutgoingMatch.rule == BY_OFFICER,
        OutgoingMatch.undone_at.is_(None),
    )
    return db.session.scalar(statement) is not None


def _values(
    entry_id: uuid.UUID, item: Item, subject_id: uuid.UUID, rule: str, by: uuid.UUID | None = None
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "bank_entry_id": entry_id,
        "item": item,
        "subject_id": subject_id,
        "rule": rule,
        "matched_by": by,
        "matched_at": clock.now(),
    }
