"""Closed years in pages: which are, by which paper, and closing one."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.errors import Conflict, NotFound, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from partners.credits.evidence import SCHEMES
from partners.locked_years import queries, service
from partners.locked_years.schemas import LockYearSchema
from partners.offices.queries import list_region_codes
from partners.regions.queries import tree

blueprint = PageBlueprint("locked_years_pages", __name__)

HOME = "/office/years"
PAGE = 50
YEARS = 4

layout.add_workplace(43, Text("年度锁定", "Closed years"), HOME, "lock", Permission.YEAR_LOCK)


@blueprint.get(HOME)
@requires(Permission.QUOTA_READ)
def show_locked_years() -> Response:
    """List the closed years of the reader's regions."""
    return _page({}, {}, None)


@blueprint.post(HOME)
@requires(Permission.YEAR_LOCK)
def close_year() -> Response:
    """Close a year of a region and of all inside it."""
    raw = request.form.to_dict()
    values = {**raw, "year": forms.whole_typed(raw.get("year", ""))}
    values.pop("csrf_token", None)
    entered = forms.load(LockYearSchema(), values)
    if entered.errors:
        return _page(raw, entered.errors, None)
    try:
        with transaction():
            service.lock_year(current_actor(), **entered.values)
    except (Conflict, NotFound, Unprocessable) as problem:
        return _page(raw, forms.refused(problem), problem)
    layout.tell(
        Text(
            "已锁定，此后的变动记入当前年度", "Closed; what moves it later counts in the open year"
        )
    )
    return redirect(HOME, 303)


def _page(raw: dict[str, str], errors: dict[str, str], problem: Problem | None) -> Response:
    actor = current_actor()
    page = paginate(queries.select_locked(actor), queries.ORDER, PAGE, request.args.get("after"))
    this_year = clock.today().year
    places = [(code, tree().full_name(code)) for code in _own_regions()]
    return render(
        "locked_years/years.html",
        problem.status if problem else 422 if errors else 200,
        years=[
            {
                "year": one.year,
                "region": tree().full_name(one.region_code),
                "scheme": SCHEMES[one.scheme],
                "document": one.document,
                "locked_at": one.locked_at,
            }
            for one in page.items
        ],
        next_url=f"{HOME}?after={page.next}" if page.next else None,
        may_lock=actor.can(Permission.YEAR_LOCK) and bool(places),
        is_county=actor.can(Permission.YEAR_LOCK) and not places,
        schemes=list(SCHEMES.items()),
        places=places,
        year_choices=[
            (year, Text("{y} 年", "{y}").format(y=year))
            for year in range(this_year - 1, this_year - 1 - YEARS, -1)
        ],
        form=raw,
        errors=errors,
        problem_here=problem,
    )


def _own_regions() -> list[str]:
    """Return the regions that the reader may close: own cities and provinces, and what is in them."""
    actor = current_actor()
    if actor.is_platform(Permission.YEAR_LOCK):
        return [place.code for place in tree().places_in(None)]
    own = [
        code for code in list_region_codes(actor, Permission.YEAR_LOCK) if tree().places_in(code)
    ]
    return own + [place.code for code in own for place in tree().places_in(code)]
