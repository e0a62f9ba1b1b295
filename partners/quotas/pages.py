"""The yearly tasks in pages: what was decided, by which paper; setting and revising them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.errors import Conflict, NotFound, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import Actor, current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from partners.credits.evidence import SCHEMES
from partners.credits.rules import Scheme
from partners.offices.queries import list_region_codes
from partners.pairings.queries import current_book
from partners.quotas import queries, service
from partners.quotas.queries import QuotaView
from partners.quotas.schemas import ReviseQuotaSchema, SetQuotaSchema
from partners.quotas.service import QuotaSubject
from partners.regions.models import RegionLevel

blueprint = PageBlueprint("quotas_pages", __name__)

HOME = "/office/quotas"
PAGE = 100
YEARS = 6

layout.add_workplace(41, Text("任务下达", "Targets"), HOME, "flag", Permission.QUOTA_SET)


@blueprint.get(HOME)
@requires(Permission.QUOTA_READ)
def show_quotas() -> Response:
    """List the tasks of the reader's regions for a year, each with what was decided for it."""
    return _page({}, {})


@blueprint.post(HOME)
@requires(Permission.QUOTA_SET)
def set_task() -> Response:
    """Set the task of an eastern region in a pairing for a year."""
    raw = request.form.to_dict()
    pairing_id, _, region_code = raw.get("subject", "").partition(":")
    values = {
        "pairing_id": pairing_id,
        "region_code": region_code,
        "year": forms.whole_typed(raw.get("year", "")),
        "amount_fen": forms.fen_typed(raw.get("amount_yuan", "")),
        "document": raw.get("document", ""),
    }
    entered = _read(SetQuotaSchema(), values, raw)
    if entered.errors:
        return _page(raw, entered.errors)
    said = entered.values
    subject = QuotaSubject(
        scheme=Scheme.PAIRING,
        region_code=said["region_code"],
        year=said["year"],
        pairing_id=said["pairing_id"],
    )
    try:
        with transaction():
            service.set_quota(
                current_actor(), subject, amount_fen=said["amount_fen"], document=said["document"]
            )
    except (Conflict, NotFound, Unprocessable) as problem:
        return _page(raw, forms.refused(problem), problem)
    layout.tell(Text("任务已下达", "The target is set"))
    return redirect(f"{HOME}?year={said['year']}", 303)


@blueprint.post(f"{HOME}/<uuid:quota_id>/revise")
@requires(Permission.QUOTA_SET)
def revise_task(quota_id: UUID) -> Response:
    """Decide another amount from today on; the earlier ones stay on record."""
    actor, raw = current_actor(), request.form.to_dict()
    quota = queries.get_quota(actor, quota_id)
    values = {
        "amount_fen": forms.fen_typed(raw.get("amount_yuan", "")),
        "document": raw.get("document", ""),
    }
    entered = _read(ReviseQuotaSchema(), values, raw)
    if entered.errors:
        layout.tell(Text("请填写金额和文件", "Give the amount and the paper"), "bad")
    else:
        with transaction():
            service.revise_quota(actor, quota_id, **entered.values)
        layout.tell(Text("任务已调整", "The target is revised"))
    return redirect(f"{HOME}?year={quota.year}", 303)


def _read(
    schema: SetQuotaSchema | ReviseQuotaSchema, values: dict[str, Any], raw: dict[str, str]
) -> forms.Entered:
    entered = forms.load_values(schema, values, raw)
    if values["amount_fen"] is None:
        entered.errors["amount_fen"] = str(forms.AMOUNT_UNREADABLE)
    return entered


def _year(raw: dict[str, str]) -> int:
    this_year = clock.today().year
    year = forms.whole_of(raw.get("year") or request.args.get("year", "")) or this_year
    return year if year in range(1996, 2101) else this_year


def _page(raw: dict[str, str], errors: dict[str, str], problem: Problem | None = None) -> Response:
    actor, year = current_actor(), _year(raw)
    statement = queries.select_quotas(actor, year=year)
    page = paginate(statement, queries.LIST_ORDER, PAGE, request.args.get("after"))
    this_year = clock.today().year
    subjects = _subjects(actor)
    return render(
        "quotas/quotas.html",
        422 if errors or problem else 200,
        quotas=[_view(one) for one in queries.with_revisions(page.items)],
        next_url=f"{HOME}?year={year}&after={page.next}" if page.next else None,
        year=year,
        years=range(this_year + 1, this_year - YEARS, -1),
        year_choices=[(one, one) for one in range(this_year + 1, this_year - YEARS, -1)],
        may_set=bool(subjects),
        subjects=subjects,
        form=raw,
        errors=errors,
        problem_here=problem,
    )


def _subjects(actor: Actor) -> list[tuple[str, str]]:
    """The eastern regions in pairings in force for which the actor's offices set tasks."""
    book = current_book()
    regions = book.regions
    # A county carries its tasks and sets none.
    own = [
        code
        for code in list_region_codes(actor, Permission.QUOTA_SET)
        if regions.get(code).level is not RegionLevel.COUNTY
    ]
    is_everybody = actor.is_platform(Permission.QUOTA_SET)
    choices = []
    for one in book.in_force(clock.today()):
        places = [one.east_code, *(place.code for place in regions.places_in(one.east_code))]
        for code in places:
            if is_everybody or any(regions.is_inside(code, root) for root in own):
                pair = f"{regions.name(one.east_code)}—{regions.name(one.west_code)}"
                choices.append((f"{one.id}:{code}", f"{regions.name(code)} · {pair}"))
    return choices


def _view(one: QuotaView) -> dict[str, Any]:
    book, quota = current_book(), one.quota
    pairing = book.get(quota.pairing_id) if quota.pairing_id else None
    today = clock.today()
    in_force = [revision for revision in one.revisions if revision.effective_on <= today]
    return {
        "id": quota.id,
        "region": book.regions.full_name(quota.region_code),
        "scheme": SCHEMES[quota.scheme],
        "pairing": f"{book.regions.name(pairing.east_code)}—{book.regions.name(pairing.west_code)}"
        if pairing
        else None,
        "amount_fen": in_force[-1].amount_fen if in_force else None,
        "revisions": list(reversed(one.revisions)),
    }
