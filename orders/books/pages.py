"""The books in pages, for finance officers and auditors."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.errors import Unprocessable
from marketplace.http import attached_file, requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from marketplace.spreadsheets import CSV, XLSX
from orders.books import jobs, meanings, numbers, queries, service, showing, trial
from orders.books.queries import EntryFilter
from orders.books.schemas import AskForExportSchema
from orders.books.vouchers import list_vouchers
from orders.journal.chart import CHART, AccountClass

blueprint = PageBlueprint("books_pages", __name__)

HOME = "/desk/journal"
LINES = 50

numbers.register()
meanings.register()
blueprint.add_app_template_global(list_vouchers, "list_vouchers")
layout.add_workplace(36, Text("账簿", "Books"), HOME, "list", Permission.JOURNAL_READ)


def _tabs(chosen: str) -> list[dict[str, Any]]:
    pages = (
        (HOME, Text("科目余额", "Balances")),
        (f"{HOME}/trial-balance", Text("试算平衡表", "Trial balance")),
        (f"{HOME}/entries", Text("序时账", "Entries")),
        (f"{HOME}/exports", Text("导出", "Exports")),
    )
    return [{"href": h, "label": label, "is_chosen": h == chosen} for h, label in pages]


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _period() -> tuple[date, date]:
    """Return the period asked for, the running month where nothing readable was."""
    first, last = showing.default_period()
    start_on, end_on = _day("start_on") or first, _day("end_on") or last
    return (start_on, end_on) if start_on <= end_on else (end_on, start_on)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The day and moment that balances are asked for; what cannot be is told, and now is shown."""

    on: date | None = None
    at: datetime | None = None
    wrong: Text | None = None


def _asked() -> _Asked:
    """Read the day and the time of day; a time alone is today's."""
    day, time = request.args.get("on", ""), request.args.get("time", "")
    if not day and not time:
        return _Asked()
    today = queries.get_today()
    try:
        on = date.fromisoformat(day) if day else today
        at = datetime.fromisoformat(f"{on.isoformat()}T{time}") if time else None
    except ValueError:
        return _Asked(wrong=Text("日期或时刻无法识别", "The day or the time cannot be read"))
    moment = at.replace(tzinfo=clock.SHANGHAI) if at else None
    if on > today or (moment is not None and moment > clock.now()):
        return _Asked(
            wrong=Text("这个时间还没有到，下面是现在的余额", "That is still to come; this is now")
        )
    return _Asked(on, moment)


@blueprint.get(HOME)
@requires(Permission.JOURNAL_READ)
def show_journal() -> Response:
    """Show what every account holds: now, at the end of a past day, or at a past moment."""
    asked = _asked()
    on, at = asked.on, asked.at
    balances = showing.get_balances(at=at) if at else showing.get_balances(on=on)
    held = {row.account.kind: row for row in balances.rows}
    return render(
        "books/balances.html",
        422 if asked.wrong else 200,
        tabs=_tabs(HOME),
        balances=balances,
        rows=[(account, held.get(account.kind)) for account in CHART],
        overdrawn=[
            row
            for row in balances.rows
            if row.account.account_class is AccountClass.ASSET and row.balance_fen < 0
        ],
        debit_fen=sum(row.debit_fen for row in balances.rows),
        credit_fen=sum(row.credit_fen for row in balances.rows),
        on=on,
        wrong=asked.wrong,
        time=request.args.get("time", "") if at else "",
        today=queries.get_today(),
    )


@blueprint.get(f"{HOME}/trial-balance")
@requires(Permission.JOURNAL_READ)
def show_trial_balance() -> Response:
    """Show a period's trial balance, and whether it balances."""
    start_on, end_on = _period()
    by_owner = request.args.get("by_owner") == "1"
    href = f"{HOME}/trial-balance"
    return render(
        "books/trial_balance.html",
        tabs=_tabs(href),
        trial=trial.get_trial_balance(start_on, end_on, by_owner=by_owner),
        by_owner=by_owner,
        period=urlencode({"start_on": start_on, "end_on": end_on}),
        closed_to=queries.find_closed_to(),
    )


@blueprint.get(f"{HOME}/accounts/<account_code>")
@requires(Permission.JOURNAL_READ)
def show_account(account_code: str) -> Response:
    """Show an account's ledger, or whose accounts there are where it is kept apart by owner."""
    account = showing.get_account(account_code)
    start_on, end_on = _period()
    owner_id = _owner()
    period = {"start_on": start_on.isoformat(), "end_on": end_on.isoformat()}
    href = f"{HOME}/accounts/{account.code}"
    if account.owner_kind is not None and owner_id is None:
        return render(
            "books/owners.html",
            account=account,
            balances=showing.get_balances(on=end_on, account=account, by_owner=True),
            href=href,
            start_on=start_on,
            end_on=end_on,
            query=urlencode(period),
        )
    if account.owner_kind is None:
        owner_id = None
    after = request.args.get("after")
    ledger = showing.show_ledger(account, owner_id, start_on, end_on, limit=LINES, after=after)
    query = period | ({"owner": str(owner_id)} if owner_id else {})
    return render(
        "books/ledger.html",
        account=account,
        ledger=ledger,
        is_first=after is None,
        href=href,
        owner_id=owner_id,
        next_url=f"{href}?{urlencode(query | {'after': ledger.next})}" if ledger.next else None,
    )


def _owner() -> uuid.UUID | None:
    try:
        return uuid.UUID(request.args.get("owner", ""))
    except ValueError:
        return None


@blueprint.get(f"{HOME}/entries")
@requires(Permission.JOURNAL_READ)
def show_entries() -> Response:
    """Show the journal in order of time, the newest entry first."""
    start_on, end_on = _period()
    wanted = EntryFilter(start_on=start_on, end_on=end_on)
    page = showing.page_of_entries(wanted, LINES, request.args.get("after"))
    href = f"{HOME}/entries"
    query = {"start_on": start_on, "end_on": end_on, "after": page.next}
    return render(
        "books/entries.html",
        tabs=_tabs(href),
        entries=page.items,
        start_on=start_on,
        end_on=end_on,
        next_url=f"{href}?{urlencode(query)}" if page.next else None,
    )


@blueprint.get(f"{HOME}/entries/<uuid:journal_entry_id>")
@requires(Permission.JOURNAL_READ)
def show_entry(journal_entry_id: uuid.UUID) -> Response:
    """Show one entry as a voucher: its postings, and what it was booked for."""
    return render("books/entry.html", shown=showing.show_entry(journal_entry_id))


@blueprint.get(f"{HOME}/exports")
@requires(Permission.JOURNAL_READ)
def show_exports() -> Response:
    """Show the exports of the books, and ask for another."""
    first, last = showing.last_whole_month()
    return _exports_page({"start_on": first.isoformat(), "end_on": last.isoformat()}, {})


def _exports_page(raw: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    after = request.args.get("after")
    page = paginate(queries.select_exports(), queries.EXPORT_ORDER, 20, after)
    href = f"{HOME}/exports"
    return render(
        "books/exports.html",
        422 if errors else 200,
        tabs=_tabs(href),
        exports=page.items,
        raw=raw,
        errors=errors,
        closed_to=queries.find_closed_to(),
        next_url=f"{href}?after={page.next}" if page.next else None,
    )


@blueprint.post(f"{HOME}/exports")
@requires(Permission.JOURNAL_READ)
def ask_for_export() -> Response:
    """Have a period's vouchers written into files."""
    entered = forms.load(AskForExportSchema(), request.form)
    if entered.errors:
        return _exports_page(entered.raw, entered.errors)
    try:
        with transaction():
            export = service.ask_for_export(current_actor(), **entered.values)
            jobs.enqueue_export(export.id)
    except Unprocessable as problem:
        return _exports_page(entered.raw, forms.refused(problem))
    layout.tell(
        Text("账簿正在生成，稍后在下面下载", "Being written; take the files below in a moment"),
        "waiting",
    )
    return redirect(f"{HOME}/exports", 303)


@blueprint.get(f"{HOME}/exports/<uuid:journal_export_id>/journal.xlsx")
@requires(Permission.JOURNAL_READ)
def take_journal_xlsx(journal_export_id: uuid.UUID) -> Response:
    """Take an export as a spreadsheet."""
    return _take(journal_export_id, "xlsx", XLSX)


@blueprint.get(f"{HOME}/exports/<uuid:journal_export_id>/journal.csv")
@requires(Permission.JOURNAL_READ)
def take_journal_csv(journal_export_id: uuid.UUID) -> Response:
    """Take an export's vouchers as CSV."""
    return _take(journal_export_id, "csv", CSV)


def _take(export_id: uuid.UUID, suffix: str, content_type: str) -> Response:
    file, name = service.open_file(export_id, suffix)
    return attached_file(file, content_type, name)
