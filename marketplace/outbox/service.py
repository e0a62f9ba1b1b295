"""Tell what happened, in the transaction in which it happens."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from marketplace import clock
from marketplace.ids import new_id
from marketplace.outbox.kinds import EventKind
from marketplace.statements import Part, count_of, write_together

Fact = str | int | bool | uuid.UUID | None | Sequence[str] | Sequence[uuid.UUID]


def announce(
    kind: EventKind,
    *,
    subject_id: uuid.UUID,
    account_id: uuid.UUID | None = None,
    cooperative_id: uuid.UUID | None = None,
    buying_unit_id: uuid.UUID | None = None,
    facts: Mapping[str, Fact] | None = None,
) -> None:
    """Announce something in the transaction that does it: it is told if, and after, that commits.

    ``account_id`` is the buyer, ``cooperative_id`` the seller, ``buying_unit_id`` the unit bought
    for: whoever may be told. ``facts`` are ids, states and amounts in fen, never personal data:
    they leave the process.
    """
    announce_all(
        [
            announcement(
                kind,
                subject_id=subject_id,
                account_id=account_id,
                cooperative_id=cooperative_id,
                buying_unit_id=buying_unit_id,
                facts=facts,
            )
        ]
    )


def announcement(
    kind: EventKind,
    *,
    subject_id: uuid.UUID,
    account_id: uuid.UUID | None = None,
    cooperative_id: uuid.UUID | None = None,
    buying_unit_id: uuid.UUID | None = None,
    facts: Mapping[str, Fact] | None = None,
) -> dict[str, Any]:
    """Return the values of an announcement, for callers that write several in one statement."""
    return {
        "id": new_id(),
        "at": clock.now(),
        "kind": kind,
        "subject_id": subject_id,
        "account_id": account_id,
        "cooperative_id": cooperative_id,
        "buying_unit_id": buying_unit_id,
        "facts": dict(facts or {}),
    }


def announce_all(announcements: Sequence[dict[str, Any]]) -> None:
    """Write several announcements (made by ``announcement``) in one statement."""
    if announcements:
        write_together(announcing(announcements))


_WRITTEN = """announced AS (
    INSERT INTO announcements (id, at, kind, subject_id, account_id, cooperative_id,
                               buying_unit_id, facts)
    SELECT id, at, kind, subject_id, account_id, cooperative_id, buying_unit_id, facts
    FROM jsonb_populate_recordset(NULL::announcements, CAST(%(announced)s AS jsonb))
    RETURNING id
)"""


def announcing(announcements: Sequence[dict[str, Any]]) -> Part:
    """Return the writing of announcements, to be sent with what they tell of: no round trip more."""
    values = {"announced": orjson.dumps(announcements).decode()}
    return Part(_WRITTEN, values, count_of("announced"))
