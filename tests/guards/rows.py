"""Rows for the guard of rights: one entry for each kind of id that stands in an address.

A route whose address names a row needs an entry here, or it fails the build: either a factory in
``ROWS`` (the row belongs to somebody: a stranger must get 404) or a line in ``SHARED`` (everybody
with the route's permission may see it, and why). A body that must be valid before the row is
looked up stands in ``BODIES``, by endpoint.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marketplace.identity import sessions
from marketplace.identity.models import Account, SessionKind
from marketplace.permissions import Role
from tests.factories import identity as make


@dataclass(frozen=True, slots=True)
class Row:
    """What stands in the address, and who may touch it: the first that holds the permission."""

    values: dict[str, Any]
    owners: tuple[Account, ...]


def _session() -> Row:
    account = make.make_account()
    opened = sessions.open_session(account, SessionKind.TOKEN)
    return Row({"session_id": opened.session.id}, (account,))


def _membership() -> Row:
    scope = uuid.uuid4()
    manager = make.make_account(role=Role.COOPERATIVE_MANAGER, scope=scope)
    membership = make.give_role(make.make_account(), Role.COOPERATIVE_STAFF, scope)
    return Row({"membership_id": membership.id}, (manager,))


def _account() -> Row:
    administrator = make.make_account(role=Role.PLATFORM_ADMIN)
    return Row({"account_id": make.make_account().id}, (administrator,))


# By the names in the address, in order; two ids in one address have one entry ("a_id b_id").
ROWS: dict[str, Callable[[], Row]] = {
    "session_id": _session,
    "membership_id": _membership,
    "account_id": _account,
}

SHARED: dict[str, str] = {
    "pairing_id": "pairings are public facts; only the platform changes them",
    "code": "regions are public facts",
}

BODIES: dict[str, dict[str, Any]] = {}

# Writes that take no body, by endpoint.
WITHOUT_BODY = frozenset(
    {
        "identity.sign_out",
        "identity.begin_totp_enrolment",
        "identity.disable_account",
        "identity.enable_account",
    }
)
