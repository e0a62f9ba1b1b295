"""The audit trail in pages: for auditors and the platform's administrators; and beside each thing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import request
from werkzeug.wrappers import Response

from marketplace import clock, layout
from marketplace.audit_trail import exporting, queries, showing, subjects
from marketplace.audit_trail.deeds import ACTIONS, SUBJECTS, actions_of
from marketplace.audit_trail.queries import EntryFilter
from marketplace.http import attached, requires
from marketplace.identity.actor import current_actor
from marketplace.identity.queries import find_account_by_login_name
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from marketplace.spreadsheets import CSV, XLSX

blueprint = PageBlueprint("audit_trail_pages", __name__)

HOME = "/desk/audit"
PAGE = 50
FACETS = ("who", "what", "number", "start_on", "end_on")
# The last day that a calendar has: a day after it there is none.
_LAST_DAY = date.max - timedelta(days=1)

layout.add_workplace(59, Text("审计记录", "Audit trail"), HOME, "list", Permission.AUDIT_READ)
blueprint.add_app_template_global(showing.list_deeds, "list_deeds")
blueprint.add_app_template_global(
    lambda: current_actor().is_platform(Permission.AUDIT_READ), "may_read_trail"
)


@dataclass(slots=True)
class Asked:
    """What the reader asks for; a facet that cannot be read is named and left open."""

    raw: dict[str, str]
    wanted: EntryFilter = field(default_factory=EntryFilter)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """The facets as they stand in an address."""
        return urlencode({name: text for name, text in self.raw.items() if text})


def _asked() -> Asked:
    asked = Asked({name: request.args.get(name, "").strip() for name in FACETS})
    kind, action = _what(asked)
    start_on, end_on = _day(asked, "start_on"), _day(asked, "end_on")
    if start_on and end_on and end_on < start_on:
        asked.errors["end_on"] = str(
            Text("截止日期早于起始日期，请改正其中一个", "It is before the first day; change one")
        )
    asked.wanted = EntryFilter(
        account_id=_who(asked),
        action=action,
        subject_kind=kind,
        subject_ids=_number(asked),
        since=_midnight(start_on) if start_on else None,
        until=_midnight(end_on + timedelta(days=1)) if end_on else None,
    )
    return asked


def _what(asked: Asked) -> tuple[str | None, str | None]:
    given = asked.raw["what"]
    if given in ACTIONS:
        return None, given
    if given in SUBJECTS:
        return given, None
    if given:
        asked.errors["what"] = str(Text("没有这种操作", "There is no such action"))
    return None, None


def _who(asked: Asked) -> uuid.UUID | None:
    given = asked.raw["who"]
    if not given:
        return None
    account_id = subjects.as_id(given)
    if account_id is not None:
        return account_id
    account = None if "\0" in given else find_account_by_login_name(given.lower())
    if account is None:
        asked.errors["who"] = str(Text("没有这个登录名", "There is no such login name"))
        return None
    return account.id


def _number(asked: Asked) -> list[str] | None:
    given = asked.raw["number"]
    if not given:
        return None
    found = [] if "\0" in given else subjects.find_ids(given)
    if not found:
        asked.errors["number"] = str(
            Text(
                "没有找到这个编号；请核对，或从单据页面的“经办记录”进入",
                "Nothing has this number; check it, or come from the page of the thing",
            )
        )
    return found


def _day(asked: Asked, name: str) -> date | None:
    given = asked.raw[name]
    try:
        return min(date.fromisoformat(given), _LAST_DAY) if given else None
    except ValueError:
        asked.errors[name] = str(Text("请填写日期", "Enter a day"))
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.SHANGHAI)


@blueprint.get(HOME)
@requires(Permission.AUDIT_READ)
def show_audit_trail() -> Response:
    """Show who did what to which thing, the newest first."""
    return _page(_asked())


def _page(asked: Asked, status: int = 200) -> Response:
    entries: list[showing.ShownEntry] = []
    following = None
    if not asked.errors:
        page = queries.page_of_entries(asked.wanted, PAGE, request.args.get("after"))
        entries, following = showing.show_entries(page.items), page.next
    after = urlencode({"after": following}) if following else ""
    return render(
        "audit_trail/trail.html",
        status,
        entries=entries,
        raw=asked.raw,
        errors=asked.errors,
        query=asked.query,
        groups=_groups(),
        most=exporting.MOST_ROWS,
        next_url=f"{HOME}?{asked.query}&{after}" if following else None,
    )


def _groups() -> list[tuple[str, Text, list[tuple[str, Text]]]]:
    """Return what can be asked for: each kind of thing with what is done to it."""
    return [
        (kind, SUBJECTS[kind], [(each, ACTIONS[each]) for each in actions_of(kind)])
        for kind in subjects.known_kinds()
    ]


@blueprint.get(f"{HOME}/entries.csv")
@requires(Permission.AUDIT_READ)
def take_audit_csv() -> Response:
    """Take what was asked for as CSV; that it was taken is audited."""
    return _take("csv", exporting.write_csv_file, CSV)


@blueprint.get(f"{HOME}/entries.xlsx")
@requires(Permission.AUDIT_READ)
def take_audit_xlsx() -> Response:
    """Take what was asked for as a spreadsheet; that it was taken is audited."""
    return _take("xlsx", exporting.write_xlsx_file, XLSX)


def _take(suffix: str, write: Callable[[exporting.Rows], bytes], content_type: str) -> Response:
    asked = _asked()
    if asked.errors:
        return _page(asked, 422)
    body = exporting.export(current_actor(), asked.wanted, suffix, write)
    return attached(body, content_type, f"audit-{clock.today().isoformat()}.{suffix}")
