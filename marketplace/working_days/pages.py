"""Working days in a page: what notices have said of each year, and the next one to be entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms, layout
from marketplace.database import transaction
from marketplace.errors import Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from marketplace.working_days import queries, service
from marketplace.working_days.models import DayKind, SpecialDay
from marketplace.working_days.schemas import EARLIEST, LATEST, SetDaysSchema

blueprint = PageBlueprint("working_days_pages", __name__)

HOME = "/desk/working-days"
# Notices come out in November; from December on the next year should be known.
EXPECTED_FROM_MONTH = 12
KINDS = {
    DayKind.HOLIDAY: Text("放假", "Holiday"),
    DayKind.WORKING: Text("调休上班", "Worked in its stead"),
    DayKind.ORDINARY: Text("撤销，按星期计", "Taken back: as its weekday says"),
}

layout.add_workplace(37, Text("工作日", "Working days"), HOME, "clock", Permission.CALENDAR_READ)


@dataclass(frozen=True, slots=True)
class Span:
    """Days in a row of one name."""

    first_on: date
    last_on: date
    kind: Text
    name: str
    document: str

    @property
    def days(self) -> int:
        return (self.last_on - self.first_on).days + 1


def spans_of(days: Sequence[SpecialDay]) -> list[Span]:
    """Put days in a row that belong together into one line."""
    spans: list[Span] = []
    for one in days:
        last = spans[-1] if spans else None
        said = (KINDS[one.kind], one.name, one.document)
        if (
            last is not None
            and (last.kind, last.name, last.document) == said
            and last.last_on + timedelta(days=1) == one.day
        ):
            spans[-1] = Span(last.first_on, one.day, *said)
        else:
            spans.append(Span(one.day, one.day, *said))
    return spans


@blueprint.get(HOME)
@requires(Permission.CALENDAR_READ)
def show_working_days() -> Response:
    """Show a year's holidays and working weekends."""
    return _page(None)


@blueprint.post(HOME)
@requires(Permission.CALENDAR_WRITE)
def set_working_days() -> Response:
    """Say what the days of a span are."""
    entered = forms.load(SetDaysSchema(), request.form)
    if not entered.errors:
        try:
            with transaction():
                service.set_days(current_actor(), **entered.values)
        except Unprocessable as problem:
            entered.errors = forms.refused(problem)
    if entered.errors:
        return _page(entered)
    layout.tell(Text("已保存，此后的期限按此计算", "Saved; time limits from now on count by it"))
    return redirect(f"{HOME}?year={entered.values['first_on'].year}", 303)


def _page(entered: forms.Entered | None) -> Response:
    today = clock.today()
    known = queries.list_years()
    year = _year_wanted(today)
    missing = today.year + 1 if today.month >= EXPECTED_FROM_MONTH else today.year
    return render(
        "working_days/days.html",
        200 if entered is None else 422,
        year=year,
        may_act=current_actor().can(Permission.CALENDAR_WRITE),
        years=sorted({today.year, today.year + 1, *known}, reverse=True),
        spans=spans_of(queries.list_days(year)),
        missing=None if missing in known else missing,
        kinds=list(KINDS.items()),
        raw=entered.raw if entered else {},
        errors=entered.errors if entered else {},
    )


def _year_wanted(today: date) -> int:
    given = forms.whole_of(request.args.get("year", ""))
    return given if given is not None and EARLIEST <= given <= LATEST else today.year
