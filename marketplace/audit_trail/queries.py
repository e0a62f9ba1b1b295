"""What auditors ask of the trail: who did what, to which thing, and when."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, column, or_, select, true, values
from sqlalchemy.orm import aliased

from marketplace.audit import AuditEntry
from marketplace.audit_trail.deeds import actions_of
from marketplace.cursors import Keys, Page, after_condition, decode, paginate
from marketplace.database import db

# The newest first.
LIST_ORDER: Keys = [(AuditEntry.at, "desc"), (AuditEntry.id, "desc")]
STREAMED = 1000
MOST_DEEDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries; None leaves a facet open. ``since`` is inside, ``until`` is not."""

    account_id: uuid.UUID | None = None
    action: str | None = None
    subject_kind: str | None = None
    subject_ids: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None


def select_entries(wanted: EntryFilter) -> Select[AuditEntry]:
    """Select entries."""
    return select(AuditEntry).where(*_conditions(wanted))


def _conditions(wanted: EntryFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for its, given in (
        (AuditEntry.account_id, wanted.account_id),
        (AuditEntry.action, wanted.action),
        (AuditEntry.subject_kind, wanted.subject_kind),
    ):
        if given is not None:
            conditions.append(its == given)
    if wanted.subject_ids is not None:
        conditions.append(AuditEntry.subject_id.in_(wanted.subject_ids))
    if wanted.since is not None:
        conditions.append(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(AuditEntry.at < wanted.until)
    return conditions


def page_of_entries(wanted: EntryFilter, limit: int, after: str | None) -> Page[AuditEntry]:
    """Return one page of the trail, the newest entry first."""
    is_narrow = wanted.action or wanted.subject_ids is not None or wanted.account_id
    actions = actions_of(wanted.subject_kind) if wanted.subject_kind and not is_narrow else []
    if not actions:
        return paginate(select_entries(wanted), LIST_ORDER, limit, after)
    statement, order = _newest_of(actions, wanted, limit, after)
    return paginate(statement, order, limit, None)


def _newest_of(
    actions: Sequence[str], wanted: EntryFilter, limit: int, after: str | None
) -> tuple[Select[Any], Keys]:
    """Select the newest entries of several actions: all that is done to a kind of thing.

    There is no index by kind: the newest of each action are found by the index by action, and the
    page is taken from among them.
    """
    conditions = _conditions(wanted)
    if after is not None:
        conditions.append(after_condition(LIST_ORDER, decode(after, [datetime, uuid.UUID])))
    named = values(column("action", String), name="named").data([(each,) for each in actions])
    newest = (
        select(AuditEntry)
        .where(AuditEntry.action == named.c.action, *conditions)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit + 1)
        .lateral("newest")
    )
    entry = aliased(AuditEntry, newest)
    statement = select(entry).select_from(named.join(newest, true()))
    return statement, [(entry.at, "desc"), (entry.id, "desc")]


def stream_entries(wanted: EntryFilter, most: int) -> Iterator[AuditEntry]:
    """Yield entries, the newest first, a part at a time."""
    after: str | None = None
    left = most
    while left > 0:
        page = page_of_entries(wanted, min(left, STREAMED), after)
        yield from page.items
        left -= len(page.items)
        after = page.next
        if after is None:
            return


def list_deeds(
    subjects: Collection[tuple[str, str]], prefixes: Collection[str] = ()
) -> Sequence[AuditEntry]:
    """Return what was done to things, the latest first; ``prefixes`` narrow the actions."""
    about = or_(
        *(
            and_(AuditEntry.subject_id == subject_id, AuditEntry.subject_kind == kind)
            for kind, subject_id in subjects
        )
    )
    statement = select(AuditEntry).where(about)
    if prefixes:
        narrowed = (AuditEntry.action.startswith(each, autoescape=True) for each in prefixes)
        statement = statement.where(or_(*narrowed))
    ordered = statement.order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    return db.session.scalars(ordered.limit(MOST_DEEDS)).all()
