"""Who works here: the people of a cooperative, an office, a unit or the platform, and their roles."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.errors import NotFound, Problem
from marketplace.http import requires
from marketplace.identity import memberships, overview
from marketplace.identity.actor import Actor, current_actor
from marketplace.identity.errors import (
    GrantNotAllowed,
    LastAdministrator,
    MembershipExists,
    SelfGrantRefused,
)
from marketplace.identity.models import Membership
from marketplace.identity.queries import find_account_by_login_name, list_accounts
from marketplace.identity.role_names import ROLE_NAMES, SCOPE_NAMES
from marketplace.identity.schemas import GrantMembershipSchema
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import MAY_GRANT, SCOPE_OF_ROLE, Permission, Role, ScopeKind

blueprint = PageBlueprint("memberships_pages", __name__)

HOME = "/desk/people"
PAGE = 50
REFUSALS = (GrantNotAllowed, SelfGrantRefused, MembershipExists, LastAdministrator)
NOBODY = Text("没有用这个登录名的账号", "No account has this login name")

layout.add_workplace(60, Text("人员", "People"), HOME, "user", Permission.MEMBERSHIP_GRANT)


@dataclass(frozen=True, slots=True)
class Place:
    """A scope in which the reader gives roles; ``scope_id`` None is the platform."""

    kind: ScopeKind
    scope_id: uuid.UUID | None
    roles: tuple[Role, ...]

    @property
    def query(self) -> str:
        """Its part of the page's address."""
        return f"?kind={self.kind}" + (f"&scope={self.scope_id}" if self.scope_id else "")


@blueprint.get(HOME)
@requires(Permission.MEMBERSHIP_GRANT)
def show_people() -> Response:
    """List the people of the scopes in which the reader gives roles."""
    return _page({}, {}, None)


def _page(raw: Mapping[str, str], errors: dict[str, str], refused: Problem | None) -> Response:
    actor = current_actor()
    places = list_places(actor, request.args)
    status = refused.status if refused else 422 if errors else 200
    names = memberships.find_scope_names(
        Membership(scope_kind=place.kind, scope_id=place.scope_id) for place in places
    )
    return render(
        "memberships/people.html",
        status,
        places=[_shown(actor, place, names) for place in places],
        after=request.args.get("after"),
        form=raw,
        errors=errors,
        refusal=refused,
    )


def list_places(actor: Actor, asked: Mapping[str, str]) -> list[Place]:
    """Return where the actor gives roles; the platform may ask for any scope by kind and id."""
    found: dict[tuple[ScopeKind, uuid.UUID | None], set[Role]] = {}
    for grant in actor.grants:
        given = MAY_GRANT.get(grant.role, frozenset())
        kind, scope_id = grant.scope_kind, grant.scope_id
        if given and kind is ScopeKind.PLATFORM:
            kind, scope_id = _asked(asked)
        roles = {role for role in given if SCOPE_OF_ROLE[role] is kind}
        if roles:
            found.setdefault((kind, scope_id), set()).update(roles)
    return [
        Place(kind, scope_id, tuple(role for role in Role if role in roles))
        for (kind, scope_id), roles in found.items()
    ]


def _asked(asked: Mapping[str, str]) -> tuple[ScopeKind, uuid.UUID | None]:
    """Return the scope that the platform asks for; the platform itself where it asks for none."""
    kind = asked.get("kind")
    if kind not in set(ScopeKind) or kind == ScopeKind.PLATFORM:
        return ScopeKind.PLATFORM, None
    try:
        return ScopeKind(kind), uuid.UUID(asked.get("scope", ""))
    except ValueError:
        raise NotFound from None


def _shown(actor: Actor, place: Place, names: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    page = overview.list_memberships(
        actor,
        scope_kind=place.kind,
        scope_id=place.scope_id,
        limit=PAGE,
        after=request.args.get("after"),
    )
    people = list_accounts({one.account_id for one in page.items})
    return {
        "query": place.query,
        "name": names.get(place.scope_id) if place.scope_id else SCOPE_NAMES[ScopeKind.PLATFORM],
        "kind": SCOPE_NAMES[place.kind],
        "roles": [(role, ROLE_NAMES[role]) for role in place.roles],
        "people": [
            {
                "id": one.id,
                "name": people[one.account_id].login_name or people[one.account_id].phone_masked,
                "role": ROLE_NAMES[one.role],
                "since": one.granted_at,
                "is_me": one.account_id == actor.account_id,
                "can_revoke": one.role in place.roles and one.account_id != actor.account_id,
            }
            for one in page.items
        ],
        "next_url": f"{HOME}{place.query}&after={page.next}" if page.next else None,
    }


@blueprint.post(HOME)
@requires(Permission.MEMBERSHIP_GRANT)
def give_role() -> Response:
    """Give a role to whoever holds a phone, or to a member of staff by login name."""
    raw = request.form.to_dict()
    place = _asked(request.args)
    who = raw.get("who", "").strip()
    values: dict[str, Any] = {"role": raw.get("role", ""), "scope_id": None}
    if place[1] is not None:
        values["scope_id"] = str(place[1])
    account = None
    if any(letter.isalpha() for letter in who):
        account = find_account_by_login_name(who.casefold())
        values["account_id"] = str(account.id) if account else None
    else:
        values["phone"] = who
    if account is None and "phone" not in values:
        return _page(raw, {"who": str(NOBODY)}, None)
    entered = forms.load_values(GrantMembershipSchema(), values, raw)
    if entered.errors:
        errors = {"who" if name == "phone" else name: said for name, said in entered.errors.items()}
        return _page(raw, errors, None)
    try:
        with transaction():
            memberships.grant_membership(current_actor(), **entered.values)
    except REFUSALS as refused:
        return _page(raw, {}, refused)
    layout.tell(Text("已添加，对方下次打开页面即可使用", "Done; it holds from their next page on"))
    return redirect(_back(), 303)


@blueprint.post(f"{HOME}/<uuid:membership_id>/revoke")
@requires(Permission.MEMBERSHIP_GRANT)
def take_role(membership_id: uuid.UUID) -> Response:
    """Take a role away."""
    try:
        with transaction():
            memberships.revoke_membership(current_actor(), membership_id)
    except REFUSALS as refused:
        layout.tell(refused.title, "bad")
    else:
        layout.tell(Text("已移除，立即生效", "Removed, at once"))
    return redirect(_back(), 303)


def _back() -> str:
    kind, scope_id = _asked(request.args)
    return HOME if scope_id is None else f"{HOME}?kind={kind}&scope={scope_id}"
