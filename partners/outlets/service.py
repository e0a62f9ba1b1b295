"""Changes of outlets: opened by the platform, kept by their operators."""

from datetime import date

from marketplace import audit
from marketplace.database import db
from marketplace.identity.actor import Actor
from partners.outlets.errors import OutletClosed, OutletClosesBeforeOpening
from partners.outlets.models import Outlet, OutletKind
from partners.regions.service import check_place


def open_outlet(
    actor: Actor,
    *,
    name: str,
    kind: OutletKind,
    region_code: str,
    opened_on: date,
    address: str = "",
) -> Outlet:
    """Open an outlet in a region; its sales default to count for that region."""
    check_place(region_code, "region_code")
    outlet = Outlet(
        name=name, kind=kind, region_code=region_code, address=address, opened_on=opened_on
    )
    db.session.add(outlet)
    db.session.flush()
    audit.record(
        "outlet.opened", "outlet", outlet.id, actor=actor,
        after={"kind": kind, "region_code": region_code, "opened_on": opened_on.isoformat()},
    )  # fmt: skip
    return outlet


def describe_outlet(actor: Actor, outlet: Outlet, *, name: str, address: str) -> Outlet:
    """Change the name and address of an outlet (from ``lock_outlet``)."""
    before = {"name": outlet.name, "address": outlet.address}
    outlet.name, outlet.address = name, address
    db.session.flush()
    audit.record(
        "outlet.described", "outlet", outlet.id, actor=actor,
        before=before, after={"name": name, "address": address},
    )  # fmt: skip
    return outlet


def close_outlet(actor: Actor, outlet: Outlet, *, closed_on: date) -> Outlet:
    """Close an outlet (from ``lock_outlet``); the day named is its last."""
    if outlet.closed_on is not None:
        raise OutletClosed
    if closed_on < outlet.opened_on:
        raise OutletClosesBeforeOpening(outlet.opened_on)
    outlet.closed_on = closed_on
    db.session.flush()
    audit.record(
        "outlet.closed", "outlet", outlet.id, actor=actor,
        after={"closed_on": closed_on.isoformat()},
    )  # fmt: skip
    return outlet
