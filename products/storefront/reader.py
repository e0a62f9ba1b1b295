"""Who looks into the shop window, and for which unit or region a purchase would count."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from flask import Response, after_this_request, current_app, request

from marketplace import clock
from marketplace.identity.actor import Actor, current_actor
from marketplace.permissions import Permission, ScopeKind
from partners.buying_units.queries import counts_as_budget_unit, list_active_units
from partners.pairings.places import eastern_places
from partners.regions.queries import tree

REGION_COOKIE = "counts_for"
REMEMBERED_FOR = 60 * 60 * 24 * 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom pages judge: a buying unit of the reader's, a region that was chosen, or nobody."""

    region_code: str | None = None
    unit_id: UUID | None = None
    unit_name: str | None = None
    unit_kind: str | None = None
    unit_is_budget: bool = False

    @property
    def region_name(self) -> str:
        """The region's name, empty when none is chosen."""
        return tree().name(self.region_code) if self.region_code else ""


_last_units: list[Callable[[Actor, Collection[UUID]], UUID | None]] = []


def recall_units_with(find_last: Callable[[Actor, Collection[UUID]], UUID | None]) -> None:
    """Say for which of several units a member bought last; called by the domain of orders."""
    _last_units[:] = [find_last]


def get_reader() -> Reader:
    """Return for whom this request judges: a region chosen here or before, else the reader's unit."""
    wanted = request.args.get("for") or request.cookies.get(REGION_COOKIE)
    if wanted and not any(code == wanted for code, _ in eastern_places(clock.today())):
        wanted = None
    if wanted and wanted != request.cookies.get(REGION_COOKIE):
        _remember(wanted)
    unit = _unit(wanted)
    return unit or Reader(region_code=wanted)


def _remember(code: str) -> None:
    """Keep the chosen region for the next pages, in the visitor's own browser."""
    is_secure = current_app.config["SETTINGS"].secure_cookies

    @after_this_request
    def carry(response: Response) -> Response:
        response.set_cookie(
            REGION_COOKIE, code, max_age=REMEMBERED_FOR, httponly=True, samesite="Lax",
            secure=is_secure,
        )  # fmt: skip
        return response


def _unit(wanted: str | None) -> Reader | None:
    actor = current_actor()
    if actor.is_anonymous:
        return None
    scopes = actor.scopes(Permission.TRADE_PLACE, ScopeKind.BUYING_UNIT)
    units = list_active_units(scopes) if scopes else []
    if len(units) > 1:
        # As checkout does: the unit last bought for comes first.
        last = _last_units[0](actor, scopes) if _last_units else None
        units = sorted(units, key=lambda unit: unit.id != last)
    for unit in units:
        if wanted is None or unit.region_code == wanted:
            return Reader(
                region_code=unit.region_code,
                unit_id=unit.id,
                unit_name=unit.name,
                unit_kind=str(unit.kind),
                unit_is_budget=counts_as_budget_unit(unit),
            )
    return None
