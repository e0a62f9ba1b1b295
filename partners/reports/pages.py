"""The office's pages: how the yearly tasks stand, and the lines behind every figure."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import request
from werkzeug.wrappers import Response

from marketplace import clock, layout
from marketplace.forms import whole_of
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from partners.credits.rules import Kind, Scheme, Stage
from partners.pairings.queries import current_book, list_in_force
from partners.regions.queries import tree
from partners.reports import queries, service, showing
from partners.reports.queries import FigureQuery

blueprint = PageBlueprint("reports_pages", __name__)

HOME = "/office/progress"
PAGE = 50
YEARS_BACK = 6
# The first eastern and western provinces were paired in 1996.
YEARS = range(1996, 2101)

layout.add_workplace(40, Text("任务进度", "Progress"), HOME, "chart", Permission.QUOTA_READ)


def _year() -> int:
    year = whole_of(request.args.get("year", "")) or 0
    return year if year in YEARS else clock.today().year


def _one_of(members: Any, name: str) -> Any:
    given = request.args.get(name)
    return members(given) if given in set(members) else None


def _id(name: str) -> UUID | None:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


def _first_scheme(region: str) -> Scheme:
    """Return what a region is measured by first: a western one has no tasks but a supply ledger."""
    pairings = list_in_force(clock.today())
    places = tree()

    def meets(code: str) -> bool:
        return places.is_inside(code, region) or places.is_inside(region, code)

    if region not in places or any(meets(one.east_code) for one in pairings):
        return Scheme.PAIRING
    is_western = any(meets(one.west_code) for one in pairings)
    return Scheme.CATALOGUE if is_western else Scheme.PAIRING


@blueprint.get(HOME)
@requires(Permission.QUOTA_READ)
def show_progress() -> Response:
    """Show a region's year: the total with its pace, by pairing and by region inside."""
    actor, year = current_actor(), _year()
    own = queries.list_own_regions(actor)
    region = request.args.get("region") or (own[0] if own else None)
    if region is None:
        return render("reports/none.html")
    scheme = _one_of(Scheme, "scheme") or _first_scheme(region)
    report = service.get_quota_report(actor, region, year, scheme)
    months = service.list_months(actor, region, year, scheme)
    chosen: dict[str, Any] = {"region": region, "year": year, "scheme": scheme}
    return render(
        "reports/quota.html",
        report=report,
        region_name=tree().name(region),
        above=_above(region, own, year, scheme),
        own=[(code, tree().full_name(code)) for code in own],
        years=range(clock.today().year, clock.today().year - YEARS_BACK, -1),
        schemes=showing.scheme_tabs(
            scheme, lambda one: _address(HOME, **{**chosen, "scheme": one})
        ),
        total=showing.total_view(report.total),
        lines_url=lambda **figure: _address(f"{HOME}/lines", **chosen, **figure),
        pairings=[
            showing.pairing_row(one, _address(f"{HOME}/lines", **chosen, pairing_id=one.pairing.id))
            for one in report.pairings
        ],
        regions=[
            showing.region_row(one, _address(HOME, **{**chosen, "region": one.region_code}))
            for one in report.regions
        ],
        chart=showing.task_chart(report),
        course=showing.course_chart(report, months, clock.today()),
    )


@blueprint.get(f"{HOME}/lines")
@requires(Permission.QUOTA_READ)
def show_progress_lines() -> Response:
    """Show the credits behind a figure, the newest first; their amounts add up to it."""
    actor, year = current_actor(), _year()
    own = queries.list_own_regions(actor)
    region = request.args.get("region") or (own[0] if own else "")
    scheme = _one_of(Scheme, "scheme") or Scheme.PAIRING
    figure = FigureQuery(
        region_code=region,
        year=year,
        scheme=scheme,
        stage=_one_of(Stage, "stage"),
        kind=_one_of(Kind, "kind"),
        pairing_id=_id("pairing_id"),
    )
    page = service.list_lines(actor, figure, limit=PAGE, after=request.args.get("after"))
    chosen = {
        "region": region, "year": year, "scheme": scheme, "stage": figure.stage,
        "kind": figure.kind, "pairing_id": figure.pairing_id,
    }  # fmt: skip
    return render(
        "reports/lines.html",
        heading=showing.lines_heading(figure, current_book()),
        back_href=_address(HOME, region=region, year=year, scheme=scheme),
        tabs=showing.stage_tabs(
            figure.stage, lambda one: _address(f"{HOME}/lines", **{**chosen, "stage": one})
        ),
        lines=[showing.line_view(row) for row in page.items],
        next_url=_address(f"{HOME}/lines", **chosen, after=page.next) if page.next else None,
    )


def _address(path: str, **wanted: Any) -> str:
    given = {name: str(value) for name, value in wanted.items() if value is not None}
    return f"{path}?{urlencode(given)}"


def _above(region: str, own: list[str], year: int, scheme: Scheme) -> tuple[str, str] | None:
    """The region above, where the reader may see its report too."""
    parent = tree().parent(region)
    if parent is None or not any(tree().is_inside(parent.code, code) for code in own):
        return None
    return _address(HOME, region=parent.code, year=year, scheme=scheme), parent.name
