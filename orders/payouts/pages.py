"""Payouts in pages: a finance officer takes the bank's file and brings its answer back."""

from __future__ import annotations

import uuid

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict
from marketplace.http import attached, requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from marketplace.spreadsheets import XLSX
from orders.payout_accounts.models import PayoutChannel
from orders.payout_accounts.queries import list_accounts
from orders.payouts import queries, service
from orders.payouts.bank_files import list_instructions, write_bank_xlsx
from orders.payouts.models import PayoutState
from orders.payouts.progress import bank_balance_fen
from orders.payouts.result_pages import take_results
from orders.transfers.making import make_transfers
from orders.transfers.sending import is_offered

blueprint = PageBlueprint("payouts_pages", __name__)

HOME = "/desk/payouts"
PAGE = 20
STATES = {
    PayoutState.SENT: (Text("等银行回盘", "Waiting for the bank"), "pending"),
    PayoutState.PAID: (Text("已付款", "Paid"), "confirmed"),
    PayoutState.FAILED: (Text("付款失败", "Failed"), "attention"),
}

layout.add_workplace(32, Text("付款", "Payouts"), HOME, "upload", Permission.PAYOUT_READ)
add_queue(
    HOME,
    Text("已放款，待列入付款批次", "released, in no batch yet"),
    lambda _: queries.select_released(),
    permission=Permission.PAYOUT_SEND,
)


@blueprint.get(HOME)
@requires(Permission.PAYOUT_READ)
def show_payout_batches() -> Response:
    """List the batches, newest first, and make one."""
    page = paginate(queries.select_batches(), queries.BATCH_ORDER, PAGE, request.args.get("after"))
    return render(
        "payouts/batches.html",
        batches=page.items,
        progress=queries.list_batch_progress(page.items),
        **_funds(),
        may_act=current_actor().can(Permission.PAYOUT_SEND),
        with_transfers=is_offered(),
        next_url=f"{HOME}?after={page.next}" if page.next else None,
    )


def _funds() -> dict[str, int]:
    """Return what the bank is to pay, and what the books hold there."""
    return {"waiting_fen": queries.sum_waiting(), "balance_fen": bank_balance_fen()}


@blueprint.get(f"{HOME}/<uuid:batch_id>")
@requires(Permission.PAYOUT_READ)
def show_payout_batch(batch_id: uuid.UUID) -> Response:
    """Show a batch with its payouts."""
    batch = queries.get_batch(batch_id)
    return render(
        "payouts/batch.html",
        batch=batch,
        progress=queries.list_batch_progress([batch]).get(batch.id),
        **_funds(),
        payouts=queries.list_payouts(batch),
        states=STATES,
        may_act=current_actor().can(Permission.PAYOUT_SEND),
    )


@blueprint.post(HOME)
@requires(Permission.PAYOUT_SEND)
def make_payout_batch() -> Response:
    """Put the released statements that wait into a batch, for the bank or to be transferred."""
    try:
        channel = PayoutChannel(request.form.get("channel", PayoutChannel.BANK))
        with transaction():
            if channel is PayoutChannel.TRANSFER:
                batch_id = make_transfers(current_actor()).id
            else:
                batch_id = service.make_batch(current_actor()).id
    except ValueError:
        return redirect(HOME, 303)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
        return redirect(HOME, 303)
    return redirect(f"{HOME}/{batch_id}", 303)


@blueprint.get(f"{HOME}/<uuid:batch_id>/file.xlsx")
@requires(Permission.PAYOUT_SEND)
def take_payout_file(batch_id: uuid.UUID) -> Response:
    """Take a batch's file for the bank, with account numbers in full."""
    with transaction():
        batch = service.take_file(current_actor(), batch_id)
        payouts = queries.list_payouts(batch)
        accounts = list_accounts([payout.payout_account_id for payout in payouts])
        body = write_bank_xlsx(list_instructions(batch, payouts, accounts))
        return attached(body, XLSX, f"{batch.batch_no}.xlsx")


@blueprint.post(f"{HOME}/<uuid:batch_id>/results")
@requires(Permission.PAYOUT_SEND)
def read_payout_results(batch_id: uuid.UUID) -> Response:
    """Read the bank's answer, all of it or nothing."""
    take_results(lambda rows: service.read_results(current_actor(), batch_id, rows))
    return redirect(f"{HOME}/{batch_id}", 303)
