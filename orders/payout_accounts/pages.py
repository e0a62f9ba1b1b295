"""Where a cooperative is paid, in a page of its own."""

from __future__ import annotations

import uuid

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.payout_accounts import queries, service
from orders.payout_accounts.schemas import SetPayoutAccountSchema
from partners.cooperatives.models import Cooperative
from partners.cooperatives.queries import get_cooperative

blueprint = PageBlueprint("payout_accounts_pages", __name__)


@blueprint.get("/desk/payout-accounts/<uuid:cooperative_id>")
@requires(Permission.PAYOUT_ACCOUNT_WRITE)
def show_payout_account(cooperative_id: uuid.UUID) -> Response:
    """Show where a cooperative is paid, and the form that changes it."""
    return _form(_managed(cooperative_id), {}, {})


@blueprint.post("/desk/payout-accounts/<uuid:cooperative_id>")
@requires(Permission.PAYOUT_ACCOUNT_WRITE)
def set_payout_account(cooperative_id: uuid.UUID) -> Response:
    """Have a cooperative paid to another account from now on."""
    cooperative = _managed(cooperative_id)
    entered = forms.load(SetPayoutAccountSchema(), request.form)
    if entered.errors:
        return _form(cooperative, entered.raw, entered.errors)
    with transaction():
        service.set_payout_account(current_actor(), cooperative_id, **entered.values)
    layout.tell(Text("收款账户已登记", "The bank account is on file"))
    return redirect(f"/desk/payout-accounts/{cooperative_id}", 303)


def _managed(cooperative_id: uuid.UUID) -> Cooperative:
    return get_cooperative(cooperative_id, queries.cooperatives_manageable_by(current_actor()))


def _form(cooperative: Cooperative, raw: dict[str, str], errors: dict[str, str]) -> Response:
    return render(
        "payout_accounts/account.html",
        422 if errors else 200,
        cooperative=cooperative,
        account=queries.find_in_use(cooperative.id),
        form=raw,
        errors=errors,
    )
