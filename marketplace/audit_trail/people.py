"""Who did it, told so that an auditor can tell people apart, and by nothing private."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from marketplace.audit_trail.subjects import show_subjects
from marketplace.identity.queries import list_memberships_of_all, name_accounts
from marketplace.identity.role_names import ROLE_NAMES
from marketplace.permissions import Role


def name_people(account_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Name people by login name; those without one by role, place, and the end of the account's id.

    The role is the oldest that they hold now.
    """
    names = name_accounts(account_ids)
    nameless = [each for each, name in names.items() if name == _end(each)]
    held = list_memberships_of_all(nameless) if nameless else {}
    places = show_subjects(
        {(str(one.scope_kind), str(one.scope_id)) for one in held.values() if one.scope_id}
    )
    for each in nameless:
        one = held.get(each)
        role = str(ROLE_NAMES[one.role if one is not None else Role.SHOPPER])
        place = places.get((str(one.scope_kind), str(one.scope_id))) if one is not None else None
        said = [place.number, role] if place is not None else [role]
        names[each] = " ".join([*said, names[each]])
    return names


def _end(account_id: uuid.UUID) -> str:
    return f"…{str(account_id)[-8:]}"
