"""Sending transfers: the intention is committed, the provider is called, its answer is committed.

Each payout is one transfer under its own id, so that a repeat after a lost answer pays nobody twice.
"""

import logging
import uuid

from flask import current_app

from marketplace.database import transaction
from orders.payments.models import CURRENCY
from orders.payments.provider import (
    MovesMoney,
    ProviderRefused,
    ProviderUnreachable,
    TransferRequest,
)
from orders.payments.providers import find_provider
from orders.payments.stripe.adapter import StripeProvider
from orders.payout_accounts.queries import list_accounts
from orders.payouts.models import PayoutState
from orders.transfers import queries, service

log = logging.getLogger(__name__)

BATCH = 200
PROVIDER = StripeProvider.name


def is_offered() -> bool:
    """Tell whether payouts by transfer are switched on."""
    return bool(current_app.config["SETTINGS"].stripe_transfers) and _find_mover() is not None


def _find_mover() -> MovesMoney | None:
    provider: object = find_provider(PROVIDER)
    return provider if isinstance(provider, MovesMoney) else None


def send_transfers() -> int:
    """Send what is not answered yet; one that fails leaves the others alone."""
    provider = _find_mover()
    if provider is None:
        return 0
    with transaction():
        waiting = queries.list_unsent(BATCH)
    for payout_id in waiting:
        try:
            _send(provider, payout_id)
        except Exception:
            log.exception("sending a transfer failed", extra={"payout_id": str(payout_id)})
    return len(waiting)


def _send(provider: MovesMoney, payout_id: uuid.UUID) -> None:
    with transaction():
        payout = queries.lock_payout(payout_id)
        if payout is None or payout.state is not PayoutState.SENT:
            return
        account = list_accounts([payout.payout_account_id])[payout.payout_account_id]
        request = TransferRequest(
            payout_id=payout.id,
            number=payout.payout_no,
            account=account.account_no,
            amount_fen=payout.amount_fen,
            currency=CURRENCY,
            group=payout.statement_no,
        )
    try:
        facts = provider.transfer(request)
    except ProviderUnreachable:
        log.warning("provider unreachable", extra={"payout_id": str(payout_id)})
        return
    except ProviderRefused as refused:
        with transaction():
            service.record_refused(payout_id, str(refused))
        return
    with transaction():
        service.settle_transfer(PROVIDER, facts)
