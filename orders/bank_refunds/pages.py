"""Bank refunds in pages: what is owed, lists that two officers send, the bank's answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, Forbidden
from marketplace.http import attached, requires
from marketplace.identity.actor import current_actor
from marketplace.identity.queries import name_accounts
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from marketplace.spreadsheets import XLSX
from orders.bank_entries.queries import get_entry
from orders.bank_refunds import queries, service
from orders.bank_refunds.models import BankRefundList, ListState
from orders.bank_refunds.schemas import CorrectPayeeSchema
from orders.bank_refunds.wording import DOCUMENT, LIST_TITLES, LIST_TONES
from orders.payouts.bank_files import write_bank_xlsx
from orders.payouts.pages import STATES
from orders.payouts.progress import Progress
from orders.payouts.result_pages import take_results

blueprint = PageBlueprint("bank_refunds_pages", __name__)

HOME = "/desk/bank-refunds"
PAGE = 20

layout.add_workplace(34, Text("银行退款", "Bank refunds"), HOME, "refund", Permission.RECEIPT_READ)
add_queue(
    HOME,
    Text("待汇出", "to be sent"),
    lambda _: len(queries.list_owed()) + len(queries.list_returning()),
)


@blueprint.get(HOME)
@requires(Permission.RECEIPT_READ)
def show_bank_refund_lists() -> Response:
    """Show what waits to go back, and the lists, newest first."""
    page = paginate(queries.select_lists(), queries.LIST_ORDER, PAGE, request.args.get("after"))
    owed, returning = queries.list_owed(), queries.list_returning()
    return render(
        "bank_refunds/lists.html",
        owed_count=len(owed) + len(returning),
        owed_fen=sum(each.left_fen for each in owed) + sum(each.amount_fen for each in returning),
        lists=[
            (each, *_standing(each, progress.get(each.id)))
            for progress in [queries.list_lists_progress(page.items)]
            for each in page.items
        ],
        can_make=current_actor().can(Permission.RECEIPT_PROPOSE),
        next_url=f"{HOME}?after={page.next}" if page.next else None,
    )


def _standing(
    found: BankRefundList, progress: Progress | None
) -> tuple[Text, str, datetime | None]:
    """Return how a list stands: its own state, or how far the bank has answered, and since when."""
    if found.state is ListState.RELEASED and progress is not None:
        return progress.title, progress.tone, progress.ended_at
    return LIST_TITLES[found.state], LIST_TONES.get(found.state, ""), None


@blueprint.get(f"{HOME}/<uuid:list_id>")
@requires(Permission.RECEIPT_READ)
def show_bank_refund_list(list_id: uuid.UUID) -> Response:
    """Show a list with its payments, and what the reader may do now."""
    found, actor = queries.get_list(list_id), current_actor()
    payments = queries.list_payments(found)
    owed = queries.list_refunds([each.refund_id for each in payments if each.refund_id])
    correctors = {each.payee_set_by for each in payments if each.payee_set_by}
    title, tone, ended_at = _standing(found, queries.list_lists_progress([found]).get(found.id))
    return render(
        "bank_refunds/list.html",
        it=found,
        title=title,
        tone=tone,
        ended_at=ended_at,
        payments=[
            (each, each.paid_to, owed.get(each.refund_id) if each.refund_id else None)
            for each in payments
        ],
        states=STATES,
        is_made=found.state is ListState.MADE,
        is_released=found.state is ListState.RELEASED,
        is_mine=found.made_by == actor.id,
        correctors=name_accounts(correctors - {found.made_by}),
        is_corrector=actor.id in correctors,
        can_act=actor.can(Permission.RECEIPT_PROPOSE),
    )


@blueprint.post(HOME)
@requires(Permission.RECEIPT_PROPOSE)
def make_bank_refund_list() -> Response:
    """Put all that waits into a list."""
    try:
        with transaction():
            list_id = service.make_list(current_actor()).id
    except Conflict as problem:
        layout.tell(problem.title, "bad")
        return redirect(HOME, 303)
    return redirect(f"{HOME}/{list_id}", 303)


@blueprint.post(f"{HOME}/<uuid:list_id>/release")
@requires(Permission.PAYOUT_SEND)
def release_bank_refund_list(list_id: uuid.UUID) -> Response:
    """Agree to a list that another officer made."""
    return _decide(
        list_id,
        service.release_list,
        Text("已放行，可以下载交银行", "Released; take it to the bank"),
    )


@blueprint.post(f"{HOME}/<uuid:list_id>/reject")
@requires(Permission.RECEIPT_PROPOSE)
def reject_bank_refund_list(list_id: uuid.UUID) -> Response:
    """Refuse, or take back, a list before it is released."""
    return _decide(
        list_id,
        service.reject_list,
        Text("清单已作废，其中的款项重新等待退款", "Rejected; all in it waits again"),
    )


def _decide(list_id: uuid.UUID, decide: Callable[..., object], done: Text) -> Response:
    try:
        with transaction():
            decide(current_actor(), list_id)
    except (Conflict, Forbidden) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(done)
    return redirect(f"{HOME}/{list_id}", 303)


@blueprint.post(f"{HOME}/payees/<uuid:entry_id>")
@requires(Permission.RECEIPT_PROPOSE)
def correct_bank_refund_payee(entry_id: uuid.UUID) -> Response:
    """Give another account for a payer whose own the bank could not pay to."""
    get_entry(entry_id)
    entered = forms.load(CorrectPayeeSchema(), request.form)
    if entered.errors:
        layout.tell(
            Text(
                "请写全户名、8 至 32 位账号、开户行和原因",
                "Give the name, an account of 8 to 32 digits, the bank and the reason",
            ),
            "bad",
        )
        return redirect(f"/desk/bank-entries/{entry_id}", 303)
    try:
        with transaction():
            service.correct_payee(current_actor(), entry_id, **entered.values)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
        return redirect(f"/desk/bank-entries/{entry_id}", 303)
    layout.tell(Text("收款账户已更正，请重新生成清单", "The account is noted; make a new list"))
    return redirect(HOME, 303)


@blueprint.get(f"{HOME}/<uuid:list_id>/file.xlsx")
@requires(Permission.PAYOUT_SEND)
def take_bank_refund_file(list_id: uuid.UUID) -> Response:
    """Take a released list for the bank, with account numbers in full."""
    try:
        with transaction():
            found, instructions = service.take_file(current_actor(), list_id)
            body = write_bank_xlsx(instructions, DOCUMENT)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
        return redirect(f"{HOME}/{list_id}", 303)
    return attached(body, XLSX, f"{found.list_no}.xlsx")


@blueprint.post(f"{HOME}/<uuid:list_id>/results")
@requires(Permission.PAYOUT_SEND)
def read_bank_refund_results(list_id: uuid.UUID) -> Response:
    """Read the bank's answer, all of it or nothing."""
    take_results(lambda rows: service.read_results(current_actor(), list_id, rows))
    return redirect(f"{HOME}/{list_id}", 303)
