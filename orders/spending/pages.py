"""A unit's spending in pages, for its clerks and approvers."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, layout
from marketplace.forms import whole_of
from marketplace.http import attached, requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from marketplace.spreadsheets import XLSX
from orders.spending import documents, queries, service
from orders.spending.service import Spending

blueprint = PageBlueprint("spending_pages", __name__)

HOME = "/spending"
FIRST_YEAR = 2020

layout.add_workplace(28, Text("采购支出", "Spending"), HOME, "chart", Permission.SPENDING_READ)


@blueprint.get(HOME)
@requires(Permission.SPENDING_READ)
def show_units() -> Response:
    """List the units whose spending the reader may see; one alone is shown at once."""
    units = queries.list_units(current_actor())
    if len(units) == 1:
        return redirect(_href(units[0].id))
    return render("spending/units.html", units=[(unit, _href(unit.id)) for unit in units])


def _href(unit_id: uuid.UUID) -> str:
    return f"/units/{unit_id}/spending"


def _asked(unit_id: uuid.UUID) -> Spending:
    this_year = clock.today().year
    year = whole_of(request.args.get("year", "")) or this_year
    return service.get_spending(
        current_actor(),
        unit_id,
        year=year if FIRST_YEAR <= year <= this_year else this_year,
        includes_below=request.args.get("below") == "1",
    )


@blueprint.get("/units/<uuid:unit_id>/spending")
@requires(Permission.SPENDING_READ)
def show_spending(unit_id: uuid.UUID) -> Response:
    """Show a unit's year: what was spent on whom, what counts, what is due, what has invoices."""
    spending = _asked(unit_id)
    includes_below = request.args.get("below") == "1"
    query = {"year": spending.year} | ({"below": "1"} if includes_below else {})
    share = spending.reserved_share
    return render(
        "spending/spending.html",
        it=spending,
        share=share,
        rate=_percent(share.done_basis_points),
        per_mille=(share.done_basis_points or 0) // 10,
        pending_per_mille=(
            1000 * max(share.pending_fen, 0) // share.target_fen if share.target_fen else 0
        ),
        years=range(clock.today().year, FIRST_YEAR - 1, -1),
        includes_below=includes_below,
        href=_href(unit_id),
        xlsx=f"{_href(unit_id)}.xlsx?{urlencode(query)}",
        splits=_splits(spending),
    )


def _percent(basis_points: int | None) -> str | None:
    if basis_points is None:
        return None
    return f"{basis_points // 100}.{basis_points % 100:02d}%"


def _splits(spending: Spending) -> list[dict[str, Any]]:
    splits = [
        ("months", Text("按月", "By month"), Text("月份", "Month"), spending.months),
        ("cooperatives", Text("按合作社", "By cooperative"), Text("合作社", "Cooperative"),
         spending.cooperatives),
        ("origins", Text("按产地", "By origin"), Text("产地", "Origin"), spending.origins),
        ("categories", Text("按品类", "By category"), Text("品类", "Category"),
         spending.categories),
    ]  # fmt: skip
    if len(spending.units) > 1:
        heading = Text("按单位", "By unit")
        splits.append(("units", heading, Text("采购单位", "Unit"), spending.by_unit))
    return [{"id": i, "title": t, "head": h, "parts": parts} for i, t, h, parts in splits]


@blueprint.get("/units/<uuid:unit_id>/spending.xlsx")
@requires(Permission.SPENDING_READ)
def take_spending(unit_id: uuid.UUID) -> Response:
    """Take a unit's spending of a year as a spreadsheet."""
    spending = _asked(unit_id)
    body = documents.write_spending_xlsx(spending)
    return attached(body, XLSX, f"spending-{spending.year}.xlsx")
