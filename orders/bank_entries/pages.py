"""The bank's entries in pages: a statement comes in, one officer says what a receipt is, another agrees."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, Forbidden, PayloadTooLarge, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from marketplace.spreadsheets import MAX_BYTES, read_rows
from orders.bank_entries import queries, service
from orders.bank_entries.errors import StatementFileMissing, StatementFileWrong
from orders.bank_entries.models import (
    DIRECT,
    BankEntry,
    BankMatch,
    EntryState,
    MatchKind,
    MatchState,
)
from orders.bank_entries.schemas import ProposeMatchSchema
from orders.bank_entries.statement_files import HEAD
from orders.bank_entries.wording import (
    BOOKED,
    CONFIRMED,
    ENTRY_TITLES,
    ENTRY_TONES,
    KIND_TITLES,
    MATCH_TITLES,
)
from orders.direct_bookings import queries as bookings
from orders.direct_bookings.wording import PURPOSES
from orders.direct_bookings.wording import STATES as BOOKING_STATES
from orders.payments.bank_transfer import queries as transfers
from orders.payments.bank_transfer.foreseeing import Surplus, foresee_surplus
from orders.payments.bank_transfer.references import spell
from orders.reconciliation.models import Difference, Item
from orders.reconciliation.queries import list_differences_about
from orders.trades.models import Trade

blueprint = PageBlueprint("bank_entries_pages", __name__)

HOME = "/desk/bank-entries"
PAGE = 30
CANDIDATES = 30
ROWS_TOLD = 8
_TABS = (
    EntryState.UNIDENTIFIED, EntryState.PROPOSED, EntryState.IDENTIFIED, EntryState.RETURNING,
    EntryState.RETURNED, EntryState.OUTGOING, None,
)  # fmt: skip

layout.add_workplace(33, Text("银行流水", "Bank entries"), HOME, "bank", Permission.RECEIPT_READ)
add_queue(
    HOME, Text("待认领", "to identify"), lambda _: queries.select_entries(EntryState.UNIDENTIFIED)
)
add_queue(
    HOME,
    Text("待复核", "to confirm"),
    lambda _: queries.select_entries(EntryState.PROPOSED),
    href=f"{HOME}?state={EntryState.PROPOSED}",
)


@blueprint.get(HOME)
@requires(Permission.RECEIPT_READ)
def show_bank_entries() -> Response:
    """List the entries, those that wait for somebody first."""
    state = _state_wanted()
    page = paginate(
        queries.select_entries(state), queries.ENTRY_ORDER, PAGE, request.args.get("after")
    )
    counts = queries.count_by_state()
    query = f"state={state or 'all'}"
    return render(
        "bank_entries/entries.html",
        tabs=[
            {
                "href": f"{HOME}?state={each or 'all'}",
                "label": ENTRY_TITLES[each] if each else Text("全部", "All"),
                "count": counts.get(each) if each else None,
                "is_chosen": each is state,
            }
            for each in _TABS
        ],
        entries=_views(page.items),
        columns="、".join(HEAD),
        can_propose=current_actor().can(Permission.RECEIPT_PROPOSE),
        next_url=f"{HOME}?{query}&after={page.next}" if page.next else None,
    )


def _state_wanted() -> EntryState | None:
    given = request.args.get("state", EntryState.UNIDENTIFIED)
    return EntryState(given) if given in set(EntryState) else None


def _views(entries: Sequence[BankEntry]) -> list[dict[str, Any]]:
    matches = queries.list_live_matches([entry.id for entry in entries])
    said = [match for each in matches.values() for match in each]
    trades = queries.list_trades({match.trade_id for match in said if match.trade_id})
    units = queries.list_unit_names(trades)
    return [
        {
            "it": entry,
            "payer": entry.payer,
            "href": f"{HOME}/{entry.id}",
            "title": ENTRY_TITLES[entry.state],
            "tone": ENTRY_TONES.get(entry.state, ""),
            "parts": [_part(match, trades, units) for match in matches.get(entry.id, [])],
            "rest_fen": entry.amount_fen
            - sum(match.amount_fen for match in matches.get(entry.id, [])),
        }
        for entry in entries
    ]


def _part(
    match: BankMatch, trades: Mapping[uuid.UUID, Trade], units: Mapping[uuid.UUID, str]
) -> dict[str, Any]:
    trade = trades.get(match.trade_id) if match.trade_id else None
    return {
        "it": match,
        "title": KIND_TITLES[match.kind],
        "state": MATCH_TITLES[match.state],
        "trade": trade,
        "unit": units.get(trade.id) if trade else None,
        "is_waiting": match.state is MatchState.PROPOSED,
        "surplus": _surplus_of(match, trade),
        "is_mine": match.proposed_by == current_actor().id,
    }


def _surplus_of(match: BankMatch, trade: Trade | None) -> Surplus | None:
    if trade is None or match.state is not MatchState.PROPOSED:
        return None
    return foresee_surplus(trade, match.amount_fen)


@blueprint.get(f"{HOME}/<uuid:entry_id>")
@requires(Permission.RECEIPT_READ)
def show_bank_entry(entry_id: uuid.UUID) -> Response:
    """Show an entry, what was said about it, and the trades that it could be for."""
    return _entry_page(entry_id)


def _entry_page(
    entry_id: uuid.UUID, entered: forms.Entered | None = None, status: int = 200
) -> Response:
    entry = queries.get_entry(entry_id)
    [view] = _views([entry])
    candidates = []
    can_say = entry.state in service.OPEN_STATES and view["rest_fen"] > 0
    if can_say:
        candidates = transfers.list_waiting(500)
        candidates.sort(key=lambda each: abs(each.missing_fen - view["rest_fen"]))
    response = render(
        "bank_entries/entry.html",
        entry=view,
        rejected=[
            (match, KIND_TITLES[match.kind], MATCH_TITLES[match.state])
            for match in queries.list_matches(entry)
            if match.state is MatchState.REJECTED
        ],
        proofs=transfers.list_proofs_of(
            [part["trade"].id for part in view["parts"] if part["trade"]]
        ),
        can_say=can_say,
        differences=_differences_of(entry),
        bookings=[
            (one, PURPOSES[one.purpose], BOOKING_STATES[one.state])
            for one in bookings.list_bookings_of(Item.BANK_ENTRY, entry.id)
        ],
        candidates=[(each, spell(each.code)) for each in candidates[:CANDIDATES]],
        payouts=queries.list_payouts(CANDIDATES) if can_say else [],
        raw=entered.raw if entered else {},
        errors=entered.errors if entered else {},
        kinds=[(str(kind), title) for kind, title in KIND_TITLES.items()],
        can_propose=current_actor().can(Permission.RECEIPT_PROPOSE),
    )
    response.status_code = status
    return response


def _differences_of(entry: BankEntry) -> Sequence[Difference]:
    """Return where money out is matched with a payment of ours, or booked as what it was."""
    if entry.state is not EntryState.OUTGOING:
        return []
    return list_differences_about(Item.BANK_ENTRY, entry.id)


@blueprint.post(f"{HOME}/import")
@requires(Permission.RECEIPT_PROPOSE)
def import_bank_statement() -> Response:
    """Import a statement, all of it or nothing."""
    try:
        _import()
    except StatementFileWrong as problem:
        layout.tell(problem.detail or problem.title, "bad")
        rows = problem.extra.get("rows", [])
        for row in rows[:ROWS_TOLD]:
            layout.tell(
                Text("第 {row} 行：{why}", "Row {row}: {why}").format(
                    row=row["row"], why=row["reason"]
                ),
                "bad",
            )
        if len(rows) > ROWS_TOLD:
            layout.tell(
                Text("另有 {count} 行有误", "{count} more rows are wrong").format(
                    count=len(rows) - ROWS_TOLD
                ),
                "bad",
            )
    except (Unprocessable, PayloadTooLarge) as problem:
        layout.tell(problem.title, "bad")
    return redirect(HOME, 303)


def _import() -> None:
    given = request.files.get("file")
    if given is None or not given.filename:
        raise StatementFileMissing
    with given.stream as stream:
        rows = read_rows(stream.read(MAX_BYTES + 1))
    with transaction():
        done = service.import_statement(current_actor(), rows)
    layout.tell(
        Text(
            "已导入：新增 {fresh} 笔（自动找到交易 {matched} 笔），此前已导入 {repeated} 笔",
            "Imported: {fresh} new ({matched} found their trade), {repeated} known before",
        ).format(fresh=done.fresh, matched=done.matched, repeated=done.repeated)
    )


@blueprint.post(f"{HOME}/<uuid:entry_id>/matches")
@requires(Permission.RECEIPT_PROPOSE)
def propose_bank_match(entry_id: uuid.UUID) -> Response:
    """Say what a receipt is for."""
    queries.get_entry(entry_id)
    entered = _read_match(request.form)
    values = entered.values
    if not entered.errors:
        try:
            with transaction():
                if values.get("kind") is MatchKind.RETURN:
                    service.propose_return(current_actor(), entry_id, reason=values["reason"])
                elif values["kind"] in DIRECT:
                    service.propose_direct(
                        current_actor(), entry_id, values["kind"],
                        reason=values["reason"], amount_fen=values["amount_fen"],
                    )  # fmt: skip
                elif values.get("kind") is MatchKind.PAYOUT:
                    service.propose_payout(
                        current_actor(), entry_id, target=values["target"], reason=values["reason"]
                    )
                else:
                    service.propose_match(
                        current_actor(), entry_id,
                        target=values["target"], reason=values["reason"],
                        amount_fen=values["amount_fen"],
                    )  # fmt: skip
        except Unprocessable as problem:
            entered.errors = forms.refused(problem)
            entered.errors |= {"amount": entered.errors.get("amount_fen", "")}
        except Conflict as problem:
            layout.tell(problem.title, "bad")
        else:
            layout.tell(
                Text("已提出，等另一位财务复核", "Proposed; another officer confirms it"), "waiting"
            )
    if entered.errors:
        return _entry_page(entry_id, entered, 422)
    return redirect(f"{HOME}/{entry_id}", 303)


def _read_match(posted: Mapping[str, str]) -> forms.Entered:
    given: dict[str, Any] = {
        name: posted[name] for name in ("kind", "target", "reason") if posted.get(name)
    }
    amount = posted.get("amount", "")
    if amount:
        # What cannot be read is refused by the schema, as any other number that is none.
        given["amount_fen"] = forms.fen_of(amount) or 0
    entered = forms.load_values(ProposeMatchSchema(), given, posted)
    if "amount_fen" in entered.errors:
        entered.errors["amount"] = str(forms.AMOUNT_UNREADABLE)
    return entered


@blueprint.post("/desk/bank-matches/<uuid:match_id>/confirm")
@requires(Permission.RECEIPT_CONFIRM)
def confirm_bank_match(match_id: uuid.UUID) -> Response:
    """Confirm what another officer said of a receipt."""
    return _decide(
        match_id,
        service.confirm_match,
        CONFIRMED.get(queries.get_match(match_id).kind, BOOKED),
    )


@blueprint.post("/desk/bank-matches/<uuid:match_id>/reject")
@requires(Permission.RECEIPT_PROPOSE)
def reject_bank_match(match_id: uuid.UUID) -> Response:
    """Reject, or take back, what was said of a receipt."""
    return _decide(
        match_id,
        service.reject_match,
        Text("已否决，流水回到待查", "Rejected; to be identified again"),
    )


def _decide(match_id: uuid.UUID, decide: Callable[..., object], done: Text) -> Response:
    entry_id = queries.get_match(match_id).bank_entry_id
    try:
        with transaction():
            decide(current_actor(), match_id)
    except (Conflict, Forbidden) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(done)
    back = HOME if request.form.get("back") == "list" else f"{HOME}/{entry_id}"
    return redirect(f"{back}?state=proposed" if back == HOME else back, 303)
