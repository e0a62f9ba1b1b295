"""Factories of the partners' rows, made by the services that make them."""

import itertools
from datetime import date
from typing import Any

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor, Grant
from marketplace.ids import new_id
from marketplace.permissions import Role, ScopeKind
from partners.buying_units.models import (
    BuyingUnit,
    BuyingUnitKind,
    BuyingUnitState,
    CanteenArrangement,
)
from partners.cooperatives.models import Cooperative, CooperativeKind, CooperativeState
from partners.credit_codes import check_character
from partners.offices.models import Office
from partners.offices.queries import find_office_of
from partners.offices.service import open_offices
from partners.outlets.models import Outlet, OutletKind
from partners.outlets.service import open_outlet
from partners.pairings.models import Pairing, Relation
from partners.pairings.service import add_pairing

PLATFORM_ADMIN = Actor(
    id=new_id(), grants=(Grant(Role.PLATFORM_ADMIN, ScopeKind.PLATFORM, None),), has_totp=True
)


def make_pairing(**overrides: Any) -> Pairing:
    """Add a pairing that no shipped one overlaps: Qingtian–Xinhe from 2026."""
    facts: dict[str, Any] = {
        "east_code": "331121",
        "west_code": "652925",
        "relation": Relation.COUNTERPART_SUPPORT,
        "valid_from": date(2026, 1, 1),
        "document": "浙对口办〔2026〕1号",
        "evidence": "test",
    }
    return add_pairing(PLATFORM_ADMIN, **(facts | overrides))


_serial = itertools.count(1)


def new_credit_code() -> str:
    """A well-formed credit code that no other row of this run has."""
    body = f"93511922MA{next(_serial):07d}"
    return body + check_character(body)


def office_of(region_code: str) -> Office:
    """The office of a region; the shipped pairings have opened it, or it is opened now."""
    open_offices([region_code])
    office = find_office_of(region_code)
    assert office is not None
    return office


def make_cooperative(
    *,
    name: str = "示例合作社 · 南江",
    kind: str = "cooperative",
    region_code: str = "511922",
    state: str = "active",
    **overrides: Any,
) -> Cooperative:
    """Make a cooperative as if three people had admitted it (or up to ``state``)."""
    needs_code = CooperativeKind(kind).needs_registration
    facts: dict[str, Any] = {
        "credit_code": new_credit_code() if needs_code else None,
        "introduction": "",
        "applied_by": new_id(),
        "applied_at": clock.now(),
    }
    if state in ("recommended", "active", "suspended"):
        facts |= {"recommended_by": new_id(), "recommended_at": clock.now()}
    if state in ("active", "suspended"):
        facts |= {"approved_by": new_id(), "approved_at": clock.now()}
    cooperative = Cooperative(
        name=name,
        kind=CooperativeKind(kind),
        region_code=region_code,
        state=CooperativeState(state),
        **(facts | overrides),
    )
    db.session.add(cooperative)
    db.session.flush()
    return cooperative


def make_buying_unit(
    *,
    name: str = "示例小学 · 缙云",
    kind: str = "school",
    region_code: str = "331122",
    state: str = "active",
    canteen: str = "own",
    **overrides: Any,
) -> BuyingUnit:
    """Make a buying unit as if its office had approved it (or up to ``state``)."""
    facts: dict[str, Any] = {
        "is_budget_unit": True,
        "credit_code": new_credit_code(),
        "applied_by": new_id(),
        "applied_at": clock.now(),
    }
    if state in ("active", "closed"):
        facts |= {"approved_by": new_id(), "approved_at": clock.now()}
    unit = BuyingUnit(
        name=name,
        kind=BuyingUnitKind(kind),
        region_code=region_code,
        state=BuyingUnitState(state),
        canteen=CanteenArrangement(canteen),
        **(facts | overrides),
    )
    db.session.add(unit)
    db.session.flush()
    return unit


def make_outlet(**overrides: Any) -> Outlet:
    """Open an outlet: a pavilion in Lishui, since 2020."""
    facts: dict[str, Any] = {
        "name": "示例专馆 · 丽水",
        "kind": OutletKind.PAVILION,
        "region_code": "331100",
        "opened_on": date(2020, 1, 1),
    }
    return open_outlet(PLATFORM_ADMIN, **(facts | overrides))
