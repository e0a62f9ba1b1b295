"""Paying later in pages: what a unit owes and when; for finance, ageing and the terms of each unit."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, Forbidden
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.receivables import queries, service, writing_off
from orders.receivables.models import (
    DUE_DAYS,
    GRACE_DAYS,
    LONGEST_DUE_DAYS,
    ChangeState,
    Receivable,
)
from orders.receivables.schemas import ProposeTermsSchema, ProposeWriteOffSchema
from partners.buying_units.errors import BuyingUnitUnknown

blueprint = PageBlueprint("receivables_pages", __name__)

HOME = "/payables"
DESK = "/desk/receivables"
_CHANGES = {
    ChangeState.PROPOSED: Text("待另一位财务复核", "Waits for another officer"),
    ChangeState.CONFIRMED: Text("已生效", "In force since then"),
    ChangeState.REJECTED: Text("已否决", "Rejected"),
}

layout.add_workplace(29, Text("应付款", "Payables"), HOME, "wallet", Permission.TRADE_PAY)
layout.add_workplace(35, Text("应收账款", "Receivables"), DESK, "chart", Permission.DEBT_READ)
add_queue(
    DESK, Text("额度待复核", "limits to confirm"), lambda _: len(queries.list_waiting_changes())
)
add_queue(
    DESK,
    Text("核销待复核", "write-offs to agree to"),
    queries.select_write_offs_to_decide,
    permission=Permission.WRITE_OFF_CONFIRM,
)


def _standing(debt: Receivable) -> tuple[Text, str]:
    """Return how a debt stands in words, and the tone of its badge."""
    if debt.settled_at is not None:
        return Text("已结清", "Settled"), "confirmed"
    if debt.due_on is None:
        return Text("未到验收", "Not accepted yet"), ""
    days = (queries.today() - debt.due_on).days
    if days <= 0:
        return Text("{day} 前付清", "Due by {day}").format(day=debt.due_on.isoformat()), "pending"
    overdue = Text("逾期 {days} 天", "{days} days overdue")
    if debt.written_off_at is not None:
        overdue = Text(
            "已核销，仍应归还，逾期 {days} 天", "Written off, still owed, {days} days overdue"
        )
    return overdue.format(days=days), "attention"


@blueprint.get(HOME)
@requires(Permission.TRADE_PAY)
def show_payables() -> Response:
    """Show what the reader's units owe: what is due, and when."""
    actor = current_actor()
    return render(
        "receivables/payables.html",
        terms=[
            {
                "it": terms,
                "name": name,
                "owed_fen": owed,
                "left_fen": max(terms.limit_fen - owed, 0),
                "is_blocked": queries.is_blocked(terms.buying_unit_id, queries.today()),
            }
            for terms, name, owed in queries.list_terms_of(actor)
        ],
        payables=[(each, *_standing(each.receivable)) for each in queries.list_payables(actor)],
    )


@blueprint.get(DESK)
@requires(Permission.DEBT_READ)
def show_receivables() -> Response:
    """Show what units owe by age, and which terms wait for a second officer."""
    rows = queries.list_ageing(queries.today())
    return render(
        "receivables/ageing.html",
        rows=rows,
        has_written_off=any(row.written_off_fen for row in rows),
        waiting=queries.list_waiting_changes(),
        giving_up=queries.list_units_giving_up(),
        units=[(unit.id, unit.name) for unit in queries.list_units_without_terms()],
        can_propose=current_actor().can(Permission.TERMS_PROPOSE),
    )


@blueprint.get(f"{DESK}/open")
@requires(Permission.TERMS_PROPOSE)
def open_debtor() -> Response:
    """Lead from a chosen unit to its page."""
    return redirect(f"{DESK}/{request.args.get('unit', '')}", 302)


@blueprint.get(f"{DESK}/<uuid:debtor_id>")
@requires(Permission.DEBT_READ)
def show_debtor(debtor_id: uuid.UUID) -> Response:
    """Show a unit's debts, its terms, and how they came about."""
    return _debtor_page(debtor_id)


def _debtor_page(debtor_id: uuid.UUID, entered: forms.Entered | None = None) -> Response:
    unit, actor = queries.get_debtor(debtor_id), current_actor()
    if unit is None:
        raise BuyingUnitUnknown
    debts = queries.list_debts(unit.id)
    numbers = queries.list_trade_numbers([debt.trade_id for debt in debts])
    changes = queries.list_changes(unit.id)
    write_offs = queries.list_write_offs(unit.id)
    return render(
        "receivables/debtor.html",
        200 if entered is None else 422,
        unit=unit,
        terms=queries.find_terms(unit.id),
        owed_fen=queries.owed_by(unit.id),
        debts=[
            {
                "it": debt,
                "trade_no": numbers[debt.trade_id],
                "standing": _standing(debt),
                "write_off": write_offs.get(debt.id),
                "may_be_written_off": queries.may_be_written_off(debt),
            }
            for debt in debts
        ],
        changes=[(change, _CHANGES[change.state]) for change in changes],
        waiting=next((c for c in changes if c.state is ChangeState.PROPOSED), None),
        mine=actor.id,
        can_propose=actor.can(Permission.TERMS_PROPOSE),
        raw=entered.raw if entered else {"due_days": DUE_DAYS, "grace_days": GRACE_DAYS},
        errors=entered.errors if entered else {},
        longest=LONGEST_DUE_DAYS,
    )


@blueprint.post(f"{DESK}/<uuid:debtor_id>/terms")
@requires(Permission.TERMS_PROPOSE)
def propose_terms(debtor_id: uuid.UUID) -> Response:
    """Propose up to how much a unit may owe, and for how long."""
    if queries.get_debtor(debtor_id) is None:
        raise BuyingUnitUnknown
    posted = request.form
    values: dict[str, Any] = {
        "buying_unit_id": debtor_id,
        "limit_fen": forms.fen_typed(posted.get("limit", "")),
        "due_days": forms.whole_typed(posted.get("due_days", "")),
        "grace_days": forms.whole_typed(posted.get("grace_days", "")),
        "reason": posted.get("reason", ""),
    }
    given = {name: value for name, value in values.items() if value is not None}
    entered = forms.load_values(ProposeTermsSchema(), given, posted)
    if entered.errors:
        if "limit_fen" in entered.errors:
            entered.errors["limit"] = str(forms.AMOUNT_UNREADABLE)
        return _debtor_page(debtor_id, entered)
    entered.values.pop("buying_unit_id")
    return _act(
        lambda: service.propose_terms(current_actor(), debtor_id, **entered.values),
        Text("已提出，等另一位财务复核", "Proposed; another officer grants it"),
        debtor_id,
    )


@blueprint.post("/desk/terms-changes/<uuid:terms_change_id>/confirm")
@requires(Permission.TERMS_CONFIRM)
def confirm_terms(terms_change_id: uuid.UUID) -> Response:
    """Grant terms that another officer proposed."""
    return _decide(
        terms_change_id, service.confirm_terms, Text("额度已生效", "The terms are in force")
    )


@blueprint.post("/desk/terms-changes/<uuid:terms_change_id>/reject")
@requires(Permission.TERMS_PROPOSE)
def reject_terms(terms_change_id: uuid.UUID) -> Response:
    """Refuse, or take back, a change of terms."""
    return _decide(
        terms_change_id, service.reject_terms, Text("额度变更已否决", "The change is rejected")
    )


@blueprint.post(f"{DESK}/debts/<uuid:receivable_id>/write-offs")
@requires(Permission.TERMS_PROPOSE)
def propose_write_off(receivable_id: uuid.UUID) -> Response:
    """Propose to give a debt up."""
    debtor_id = queries.get_receivable(receivable_id).buying_unit_id
    entered = forms.load(ProposeWriteOffSchema(), request.form)
    if entered.errors:
        layout.tell(Text("请写明核销的理由和依据", "Say why it is given up"), "bad")
        return redirect(f"{DESK}/{debtor_id}", 303)
    return _act(
        lambda: writing_off.propose_write_off(current_actor(), receivable_id, **entered.values),
        Text("核销已提出，等另一位财务复核", "Proposed; another officer decides"),
        debtor_id,
    )


@blueprint.post("/desk/write-offs/<uuid:write_off_id>/confirm")
@requires(Permission.WRITE_OFF_CONFIRM)
def confirm_write_off(write_off_id: uuid.UUID) -> Response:
    """Give a debt up as another officer proposed."""
    return _act(
        lambda: writing_off.confirm_write_off(current_actor(), write_off_id),
        Text("已核销；单位仍应归还", "Written off; the unit owes it all the same"),
        queries.get_write_off(write_off_id).buying_unit_id,
    )


@blueprint.post("/desk/write-offs/<uuid:write_off_id>/reject")
@requires(Permission.TERMS_PROPOSE)
def reject_write_off(write_off_id: uuid.UUID) -> Response:
    """Refuse, or take back, a proposed write-off."""
    return _act(
        lambda: writing_off.reject_write_off(current_actor(), write_off_id),
        Text("核销已否决", "The write-off is rejected"),
        queries.get_write_off(write_off_id).buying_unit_id,
    )


def _decide(change_id: uuid.UUID, decide: Callable[..., object], done: Text) -> Response:
    with transaction():
        debtor_id = queries.lock_change(change_id).buying_unit_id
    return _act(lambda: decide(current_actor(), change_id), done, debtor_id)


def _act(work: Callable[[], object], done: Text, debtor_id: uuid.UUID) -> Response:
    try:
        with transaction():
            work()
    except (Conflict, Forbidden) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(done)
    return redirect(f"{DESK}/{debtor_id}", 303)
