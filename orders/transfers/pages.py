"""Connected accounts in a page: one finance officer names them, another confirms."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.errors import Conflict, Forbidden, NotFound
from marketplace.http import requires
from marketplace.identity.actor import Actor, current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.transfers import queries, sending, service
from orders.transfers.models import ProposalState
from orders.transfers.schemas import ProposeAccountSchema
from partners.cooperatives.queries import find_names

blueprint = PageBlueprint("transfers_pages", __name__)

HOME = "/desk/transfer-accounts"
STATES = {
    ProposalState.PROPOSED: (Text("待另一位财务核对", "Waits for another officer"), "pending"),
    ProposalState.CONFIRMED: (Text("已核对", "Confirmed"), "confirmed"),
    ProposalState.REJECTED: (Text("已作废", "Rejected"), ""),
}


@blueprint.get(HOME)
@requires(Permission.PAYOUT_READ)
def show_transfer_accounts() -> Response:
    """List what was named; for a finance officer also the form to name one."""
    return _page({}, {})


def _page(raw: dict[str, str], errors: dict[str, str]) -> Response:
    accounts = queries.list_accounts()
    return render(
        "transfers/accounts.html",
        422 if errors else 200,
        accounts=accounts,
        names=find_names({account.cooperative_id for account in accounts}),
        cooperatives=queries.list_cooperatives(),
        states=STATES,
        is_offered=sending.is_offered(),
        me=current_actor().id,
        may_act=current_actor().can(Permission.PAYOUT_SEND),
        form=raw,
        errors=errors,
    )


@blueprint.post(HOME)
@requires(Permission.PAYOUT_SEND)
def propose_transfer_account() -> Response:
    """Name a cooperative's account with the provider."""
    entered = forms.load(ProposeAccountSchema(), request.form)
    if entered.errors:
        return _page(entered.raw, entered.errors)
    return _take(
        lambda actor: service.propose_account(actor, **entered.values),
        Text("已登记，等另一位财务核对", "Recorded; another officer confirms it"),
    )


@blueprint.post(f"{HOME}/<uuid:transfer_account_id>/confirm")
@requires(Permission.PAYOUT_SEND)
def confirm_transfer_account(transfer_account_id: uuid.UUID) -> Response:
    """Confirm what another officer named."""
    return _take(
        lambda actor: service.confirm_account(actor, transfer_account_id),
        Text("已核对，此后出具的结算单付到这个账号", "Confirmed; statements from now on go there"),
    )


@blueprint.post(f"{HOME}/<uuid:transfer_account_id>/reject")
@requires(Permission.PAYOUT_SEND)
def reject_transfer_account(transfer_account_id: uuid.UUID) -> Response:
    """Refuse, or take back, what was named."""
    return _take(
        lambda actor: service.reject_account(actor, transfer_account_id),
        Text("已作废", "Rejected"),
    )


def _take(deed: Callable[[Actor], object], done: Text) -> Response:
    try:
        with transaction():
            deed(current_actor())
    except NotFound:
        raise
    except (Conflict, Forbidden) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(done)
    return redirect(HOME, 303)
