"""What auditors ask of the trail: who did what, to which thing, and when."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from marketplace.audit import AuditEntry
from marketplace.cursors import Keys

# The newest first: ids are made in order of time, and their index serves any page of the trail.
LIST_ORDER: Keys = [(AuditEntry.id, "desc")]


def select_entries(
    *,
    account_id: uuid.UUID | None = None,
    action: str | None = None,
    subject_kind: str | None = None,
    subject_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Select[AuditEntry]:
    """Select entries; ``since`` is inside, ``until`` is not."""
    conditions: list[Any] = []
    for column, wanted in (
        (AuditEntry.account_id, account_id),
        (AuditEntry.action, action),
        (AuditEntry.subject_kind, subject_kind),
        (AuditEntry.subject_id, subject_id),
    ):
        if wanted is not None:
            conditions.append(column == wanted)
    if since is not None:
        conditions.append(AuditEntry.at >= since)
    if until is not None:
        conditions.append(AuditEntry.at < until)
    return select(AuditEntry).where(*conditions)
