"""What the trail's entries are about: the number that people know a thing by, and its page.

The capability that owns a kind of thing says how its things are named and found.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from marketplace.audit_trail.deeds import ACTIONS, SUBJECTS, kind_of
from marketplace.identity.actor import current_actor
from marketplace.identity.queries import name_accounts
from marketplace.pages import permission_of

Subject = tuple[str, str]


class Paper(Protocol):
    """What a capability says of one of its things."""

    @property
    def number(self) -> str: ...
    @property
    def href(self) -> str | None: ...


Namer = Callable[[set[uuid.UUID]], Mapping[uuid.UUID, Paper]]
Finder = Callable[[str], Iterable[uuid.UUID]]

# Things whose address says it all; the others are named by those who own them.
_PAGES = {
    "bank_opening": "/desk/reconciliation/bank-balance",
    "fee_rate": "/desk/fees",
    "household_share": "/office/households/{}",
    "locked_year": "/office/years",
    "pickup_point": "/desk/pickup-points/{}",
    "product": "/products/{}",
    "quota": "/office/quotas",
    "reconciliation_difference": "/desk/differences/{}",
    "reconciliation_run": "/desk/reconciliation/{}",
    "sale": "/office/sales/{}",
    "special_days": "/desk/working-days",
    "webhook_endpoint": "/desk/webhooks/{}",
}
_namers: dict[str, Namer] = {}
_finders: list[Finder] = []


@dataclass(frozen=True, slots=True)
class ShownSubject:
    """A thing as the trail shows it; ``href`` only where the reader may go."""

    kind: str
    id: str
    title: str
    number: str
    href: str | None


def name_subjects_with(kind: str, namer: Namer) -> None:
    """Say how things of a kind are numbered and where they are shown."""
    _namers[kind] = namer


def find_subjects_with(finder: Finder) -> None:
    """Say how things are found by the number that people know them by."""
    if finder not in _finders:
        _finders.append(finder)


def find_ids(number: str) -> list[str]:
    """Return what a number may mean: the ids of things with this number, or the id that it is."""
    number = number.strip()
    try:
        return [str(uuid.UUID(number))]
    except ValueError:
        return [str(found) for finder in _finders for found in finder(number)]


def show_subjects(subjects: Iterable[Subject]) -> dict[Subject, ShownSubject]:
    """Return things by kind and id; at most a query for each kind among them."""
    wanted: dict[str, set[str]] = {}
    for kind, subject_id in subjects:
        wanted.setdefault(kind, set()).add(subject_id)
    shown: dict[Subject, ShownSubject] = {}
    for kind, ids in wanted.items():
        papers = _papers(kind, ids)
        for subject_id in ids:
            number, href = papers.get(subject_id) or (short(subject_id), None)
            address = href or _address(kind, subject_id)
            title = str(SUBJECTS.get(kind, kind))
            is_open = address is not None and _is_open(address)
            shown[(kind, subject_id)] = ShownSubject(
                kind, subject_id, title, number, address if is_open else None
            )
    return shown


def _papers(kind: str, ids: set[str]) -> dict[str, tuple[str, str | None]]:
    known = {found for each in ids if (found := as_id(each)) is not None}
    if kind == "account":
        return {str(each): (name, None) for each, name in name_accounts(known).items()}
    namer = _namers.get(kind)
    if namer is None or not known:
        return {}
    return {str(each): (paper.number, paper.href) for each, paper in namer(known).items()}


def as_id(text: str) -> uuid.UUID | None:
    """Return a text as an id, if it is one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def short(subject_id: str) -> str:
    """Return the end of an id: enough to tell two apart on a page."""
    return f"…{subject_id[-8:]}" if as_id(subject_id) else subject_id


def _address(kind: str, subject_id: str) -> str | None:
    return _PAGES[kind].format(subject_id) if kind in _PAGES else None


def _is_open(address: str) -> bool:
    permission = permission_of(address)
    return permission is not None and current_actor().can(permission)


def known_kinds() -> Sequence[str]:
    """Return the kinds of things that deeds are done to, in the order of their names."""
    done_to = {kind_of(action) for action in ACTIONS}
    return sorted(done_to, key=lambda kind: str(SUBJECTS[kind]))
