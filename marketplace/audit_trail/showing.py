"""Entries as people read them: who, what, to which thing, what changed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.audit import ActorKind, AuditEntry
from marketplace.audit_trail import queries
from marketplace.audit_trail.deeds import ACTIONS
from marketplace.audit_trail.people import name_people
from marketplace.audit_trail.subjects import ShownSubject, Subject, as_id, short, show_subjects
from marketplace.audit_trail.wording import NAMED, field_title, value_text
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.permissions import Permission

_SYSTEM = Text("系统", "The system")
_STRANGER = Text("未登录的访客", "Somebody not signed in")
_CAUSED = Text("系统（因 {who} 的操作）", "The system, by a deed of {who}")
# Of entries older than the kind of actor: all else that no account did was a job or a notice.
_OF_STRANGERS = frozenset({"recovery.submitted", "sign_in.denied", "sign_in.question_asked"})


@dataclass(frozen=True, slots=True)
class Change:
    """One fact of an entry; ``before`` is None where the entry says nothing of it."""

    title: str
    before: str | None
    after: str | None
    href: str | None


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One deed as it is shown."""

    entry: AuditEntry
    who: str
    what: str
    subject: ShownSubject
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Deed:
    """One deed beside the thing that it was done to."""

    at: datetime
    who: str
    what: str
    note: str


def show_entries(entries: Sequence[AuditEntry]) -> list[ShownEntry]:
    """Return entries in words; at most a query for each kind of thing among them."""
    people = name_people({each.account_id for each in entries if each.account_id is not None})
    subjects = show_subjects(_named_in(entries))
    return [
        ShownEntry(
            entry=entry,
            who=_who(entry, people),
            what=action_title(entry.action),
            subject=subjects[(entry.subject_kind, entry.subject_id)],
            changes=_changes(entry, subjects),
        )
        for entry in entries
    ]


def action_title(action: str) -> str:
    """Return what an action is called; one that is not known stands as it was written."""
    return str(ACTIONS.get(action, action))


def _named_in(entries: Iterable[AuditEntry]) -> set[Subject]:
    named = {(each.subject_kind, each.subject_id) for each in entries}
    for entry in entries:
        for facts in (entry.before, entry.after):
            for name, value in (facts or {}).items():
                if name in NAMED and isinstance(value, str) and as_id(value):
                    named.add((NAMED[name], value))
    return named


def _who(entry: AuditEntry, people: Mapping[uuid.UUID, str]) -> str:
    if entry.actor_kind == ActorKind.SYSTEM:
        cause = entry.account_id
        return str(_SYSTEM if cause is None else _CAUSED.format(who=people[cause]))
    if entry.account_id is not None:
        return people[entry.account_id]
    is_visitor = entry.actor_kind == ActorKind.VISITOR or entry.action in _OF_STRANGERS
    return str(_STRANGER if is_visitor else _SYSTEM)


def _changes(entry: AuditEntry, subjects: Mapping[Subject, ShownSubject]) -> list[Change]:
    before, after = entry.before or {}, entry.after or {}
    names = [*after, *(name for name in before if name not in after)]
    # What a person would ask first: amounts, states and reasons before the ids of other things.
    names.sort(key=lambda name: name.endswith("_id"))
    changes = []
    for name in names:
        values = [
            _value(entry, name, facts[name], subjects) if name in facts else None
            for facts in (before, after)
        ]
        named = subjects.get((NAMED.get(name, ""), str(after.get(name) or before.get(name))))
        if values[0] != values[1]:
            href = named.href if named is not None else None
            changes.append(
                Change(field_title(name, entry.subject_kind), values[0], values[1], href)
            )
    return changes


def _value(
    entry: AuditEntry, name: str, value: object, subjects: Mapping[Subject, ShownSubject]
) -> str:
    named = subjects.get((NAMED.get(name, ""), str(value)))
    if named is not None:
        return named.number
    if isinstance(value, str) and as_id(value):
        return short(value)
    return value_text(name, value, entry.subject_kind)


def list_deeds(
    subjects: Iterable[tuple[str, uuid.UUID | str]], of: Sequence[str] = ()
) -> list[Deed]:
    """Return who did what to a thing and what belongs to it, the first deed first: for its page.

    Only for those who work for the platform (finance officers, auditors, administrators): to
    others its officers are not named. ``of`` narrows to actions that begin so.
    """
    if not current_actor().is_platform(Permission.JOURNAL_READ):
        return []
    entries = queries.list_deeds([(kind, str(each)) for kind, each in subjects], of)
    people = name_people({each.account_id for each in entries if each.account_id is not None})
    return [
        Deed(entry.at, _who(entry, people), action_title(entry.action), _note(entry))
        for entry in reversed(entries)
    ]


def _note(entry: AuditEntry) -> str:
    """Return what matters of a deed in a line: amounts, and the reason that was given."""
    said = [
        f"{field_title(name, entry.subject_kind)} {value_text(name, value, entry.subject_kind)}"
        for name, value in (entry.after or {}).items()
        if name.endswith("_fen") or name in ("amount", "reason", "note", "failure", "bank_serial")
    ]
    return " · ".join(said)
