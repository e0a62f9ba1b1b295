"""The audit trail: who did what to which thing, when, from where. Append-only, no personal data."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from flask import g, has_request_context, request
from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import clock, jobs
from marketplace.database import Instant, Model, db, transaction
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id
from marketplace.statements import Part, count_of, write_together


class ActorKind(StrEnum):
    """What kind of actor did a deed."""

    PERSON = "person"
    # A job, a provider's notice, or what follows by itself from a person's deed: the account of
    # such an entry is the person in whose request the system drew the consequence.
    SYSTEM = "system"
    VISITOR = "visitor"


class AuditEntry(Model):
    """One deed. Partitioned by month of ``at``; the owner role drops months past retention."""

    __tablename__ = "audit_entries"
    # Each filter of the trail walks an index in its order, however many entries there are; most
    # entries are written by nobody (a provider paid), and stay out of the index by account.
    __table_args__ = (
        Index("ix_audit_entries_at_id", "at", "id"),
        Index("ix_audit_entries_action_at_id", "action", "at", "id"),
        Index("ix_audit_entries_subject_id_at_id", "subject_id", "at", "id"),
        Index(
            "ix_audit_entries_account_id_at_id",
            "account_id",
            "at",
            "id",
            postgresql_where=text("account_id IS NOT NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[Instant] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID | None]
    # None on entries older than the distinction.
    actor_kind: Mapped[str | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    address: Mapped[str | None]
    request_id: Mapped[str | None]


def entry(
    action: str,
    subject_kind: str,
    subject_id: uuid.UUID | str,
    *,
    actor: Actor,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """Return the values of an audit row, for callers that write several in one statement."""
    in_request = has_request_context()
    return {
        "id": new_id(),
        "at": at or clock.now(),
        **_actor(actor),
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": str(subject_id),
        "before": dict(before) if before is not None else None,
        "after": dict(after) if after is not None else None,
        "address": request.remote_addr if in_request else None,
        "request_id": g.get("request_id") if in_request else None,
    }


def _actor(actor: Actor) -> dict[str, Any]:
    if actor is not SYSTEM:
        kind = ActorKind.VISITOR if actor.is_anonymous else ActorKind.PERSON
        return {"account_id": actor.id, "actor_kind": kind}
    # Whoever is known to have made this request; to ask anew would cost the notices a query.
    cause: Actor | None = g.get("actor") if has_request_context() else None
    account_id = cause.id if cause is not None else None
    return {"account_id": account_id, "actor_kind": ActorKind.SYSTEM}


def record(
    action: str,
    subject_kind: str,
    subject_id: uuid.UUID | str,
    *,
    actor: Actor,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write what was done in the transaction that does it; ``before``/``after`` are JSON values."""
    values = entry(action, subject_kind, subject_id, actor=actor, before=before, after=after)
    write_together(writing([values]))


def record_all(entries: list[dict[str, Any]]) -> None:
    """Write several audit rows (made by ``entry``) in one statement."""
    if entries:
        write_together(writing(entries))


_WRITTEN = """audited AS (
    INSERT INTO audit_entries (id, at, account_id, actor_kind, action, subject_kind, subject_id,
                               before, after, address, request_id)
    SELECT id, at, account_id, actor_kind, action, subject_kind, subject_id,
           before, after, address, request_id
    FROM jsonb_populate_recordset(NULL::audit_entries, CAST(%(audited)s AS jsonb))
    RETURNING id
)"""


def writing(entries: list[dict[str, Any]]) -> Part:
    """Return the writing of audit rows, to be sent with what they tell of."""
    return Part(_WRITTEN, {"audited": orjson.dumps(entries).decode()}, count_of("audited"))


@jobs.periodic("41 2 * * *", "marketplace.ensure_audit_partitions")
def ensure_audit_partitions() -> None:
    """Have the audit partitions of the next three months stand ready."""
    with transaction():
        db.session.execute(text("select ensure_audit_partitions(3)"))
