"""The steps around a provider: commit the intention, call it, commit its answer.

Never called inside a transaction: nothing is locked, and no connection held, while a provider
takes its time. A process that dies between two steps leaves a row that the jobs take up again.
"""

import logging
import uuid

from flask import current_app

from marketplace.database import transaction
from marketplace.errors import Unprocessable
from marketplace.identity.actor import Actor
from marketplace.language import Text
from orders.payments import queries, refunds, repayments, service
from orders.payments.errors import CardNeeded, MethodNotOffered, ProviderNotOffered
from orders.payments.models import CURRENCY, PaymentAttempt, PaymentState, Refund
from orders.payments.provider import (
    CARD,
    CardForm,
    PaymentRequest,
    Provider,
    ProviderRefused,
    ProviderUnreachable,
    RefundRequest,
    is_own,
)
from orders.payments.providers import (
    find_provider,
    get_provider,
    has_card_form,
    list_providers,
)
from orders.receivables.errors import RepaidByTransferOnly
from orders.receivables.queries import owed_for

log = logging.getLogger(__name__)


def start_payment(
    actor: Actor,
    trade_id: uuid.UUID,
    provider_name: str,
    method: str = "",
    payment_method: str | None = None,
    *,
    by_form: bool = False,
) -> uuid.UUID:
    """Start paying a trade and return the attempt's id; it has a redirect address unless the
    provider is out of reach, in which case the jobs go on trying. ``method`` is one of the
    provider's means, its usual one if empty; a card also needs the ``payment_method`` that a
    storefront collected with the provider's own tools, or, ``by_form``, is filled in on our page.

    Raises TradeNotFound, TradeNotPayable, ProviderNotOffered, MethodNotOffered, CardNeeded.
    """
    return begin_payment(actor, trade_id, provider_name, method, payment_method, by_form=by_form).id


def begin_payment(
    actor: Actor,
    trade_id: uuid.UUID,
    provider_name: str,
    method: str = "",
    payment_method: str | None = None,
    *,
    by_form: bool = False,
) -> PaymentAttempt:
    """Do what ``start_payment`` does; return the attempt as it stands afterwards."""
    provider = find_provider(provider_name)
    if provider is None:
        raise _not_offered()
    method = _checked_method(provider, method, payment_method, by_form=by_form)
    if is_own(provider):
        return queries.get_attempt(provider.start(actor, trade_id))
    with transaction():
        attempt = service.begin_attempt(
            actor, trade_id, provider_name, method=method, payment_method=payment_method
        )
    if attempt.state is not PaymentState.CREATED:
        return attempt
    return _open(provider, request_of(attempt)) or attempt


def begin_repayment(
    actor: Actor,
    trade_id: uuid.UUID,
    provider_name: str,
    method: str = "",
    payment_method: str | None = None,
    *,
    amount_fen: int | None = None,
    by_form: bool = False,
) -> PaymentAttempt:
    """Start to repay what is owed for goods that came first, all of it or a part.

    Returns the attempt as it stands. Raises TradeNotFound, NothingOwed, RepaysTooMuch,
    RepaidByTransferOnly, ProviderNotOffered, MethodNotOffered, CardNeeded.
    """
    provider = find_provider(provider_name)
    if provider is None:
        raise _not_offered()
    if is_own(provider):
        raise RepaidByTransferOnly(fields={"provider": RepaidByTransferOnly.title})
    method = _checked_method(provider, method, payment_method, by_form=by_form)
    with transaction():
        attempt = repayments.write_attempt(
            actor, trade_id, provider_name, method=method, payment_method=payment_method,
            amount_fen=amount_fen,
        )  # fmt: skip
        request, is_new = request_of(attempt), attempt.state is PaymentState.CREATED
        attempt_id = attempt.id
    if is_new:
        _open(provider, request)
    return queries.get_attempt(attempt_id)


def open_card_form(attempt: PaymentAttempt) -> CardForm | None:
    """Ask the provider for what its card form needs, for the attempt's payer.

    None once the payment waits for no card any more, or while the provider is out of reach.
    """
    provider = find_provider(attempt.provider)
    if provider is None or not has_card_form(provider):
        return None
    try:
        return provider.open_card_form(request_of(attempt))
    except (ProviderUnreachable, ProviderRefused):
        log.warning("no card form", extra={"attempt_id": str(attempt.id)})
        return None


def poll_attempt(attempt_id: uuid.UUID) -> None:
    """Ask the provider how an undecided payment stands, and settle what it says.

    What nobody waits for any more, because its trade is over, is closed instead.
    """
    with transaction():
        attempt = service.claim_poll(attempt_id)
        if attempt is None:
            return
        provider = get_provider(attempt.provider)
        is_wanted = queries.is_trade_open(attempt) or owed_for(attempt.trade_id) > 0
        request = request_of(attempt)
        is_unheard = attempt.state is PaymentState.CREATED
    if not is_wanted:
        _close(provider, request)
        return
    if is_unheard:
        # The first call may never have arrived; the same id makes it the same payment.
        _open(provider, request)
    try:
        facts = provider.look_up(request)
    except ProviderUnreachable:
        log.warning("provider unreachable", extra={"attempt_id": str(attempt_id)})
        return
    if facts is not None:
        with transaction():
            service.settle_payment(provider.name, facts)


def close_attempts(trade_id: uuid.UUID) -> bool:
    """Close what could still pay a trade; True once nothing can, or if it was paid meanwhile.

    Asked before a trade is cancelled or expires. False: a provider cannot be reached, so the
    money may still come.
    """
    with transaction():
        attempts = [
            (each.provider, request_of(each)) for each in queries.list_open_attempts(trade_id)
        ]
    closed = [_close(get_provider(name), request) for name, request in attempts]
    return all(closed)


def send_refund(refund_id: uuid.UUID) -> None:
    """Ask the provider to give money back, or how that stands; settle what it says."""
    with transaction():
        refund = refunds.claim_refund(refund_id)
        if refund is None:
            return
        provider = get_provider(queries.get_attempt(refund.attempt_id).provider)
        request = refund_request_of(refund)
    try:
        facts = provider.refund(request)
    except ProviderUnreachable:
        log.warning("provider unreachable", extra={"refund_id": str(refund_id)})
        return
    except ProviderRefused as refused:
        with transaction():
            refunds.record_refused(refund_id, str(refused))
        return
    with transaction():
        refunds.settle_refund(provider.name, facts)


def refund_request_of(refund: Refund) -> RefundRequest:
    """Say what the provider is, or was, asked to give back."""
    attempt = queries.get_attempt(refund.attempt_id)
    return RefundRequest(
        refund_id=refund.id,
        attempt_id=attempt.id,
        provider_reference=attempt.provider_reference or "",
        amount=refund.amount,
        currency=refund.currency,
        refund_reference=refund.provider_reference,
        round=refund.rounds,
    )


def _close(provider: Provider, request: PaymentRequest) -> bool:
    """Close a payment, or settle it if it was paid; False when the provider cannot be reached."""
    try:
        facts = provider.close(request)
    except ProviderUnreachable:
        log.warning("provider unreachable", extra={"attempt_id": str(request.attempt_id)})
        return False
    with transaction():
        if facts is None:
            service.record_ended(request.attempt_id, PaymentState.CLOSED)
        else:
            service.settle_payment(provider.name, facts)
    return True


def _open(provider: Provider, request: PaymentRequest) -> PaymentAttempt | None:
    """Open a payment; return its attempt as it stands, None if the provider is out of reach."""
    try:
        opened = provider.open_payment(request)
    except ProviderUnreachable:
        log.warning("provider unreachable", extra={"attempt_id": str(request.attempt_id)})
        return None
    except ProviderRefused:
        with transaction():
            service.record_ended(request.attempt_id, PaymentState.FAILED)
            return queries.get_attempt(request.attempt_id)
    with transaction(is_last=True):
        return service.record_opened(request.attempt_id, opened)


def request_of(attempt: PaymentAttempt) -> PaymentRequest:
    """Say what the provider is, or was, asked for an attempt."""
    public_url = current_app.config["SETTINGS"].public_url.rstrip("/")
    return PaymentRequest(
        attempt_id=attempt.id,
        number=attempt.payment_no,
        amount_fen=attempt.amount_fen,
        currency=CURRENCY,
        subject=f"结对集市 {attempt.payment_no}",
        return_url=f"{public_url}/payments/{attempt.id}",
        notify_url=f"{public_url}/webhooks/{attempt.provider}",
        method=attempt.method,
        payment_method=attempt.payment_method,
        provider_reference=attempt.provider_reference,
    )


def _checked_method(
    provider: Provider, method: str, payment_method: str | None, *, by_form: bool
) -> str:
    method = method or next((one for one in provider.methods if one != CARD), provider.methods[0])
    if method not in provider.methods:
        offered = ", ".join(filter(None, provider.methods)) or "-"
        raise MethodNotOffered(fields={"method": Text(f"可选：{offered}", f"Offered: {offered}")})
    is_filled_in = method == CARD and by_form and has_card_form(provider)
    if (method == CARD) != (payment_method is not None) and not is_filled_in:
        raise CardNeeded
    return method


def _not_offered() -> Unprocessable:
    offered = ", ".join(list_providers()) or "-"
    return ProviderNotOffered(fields={"provider": Text(f"可选：{offered}", f"Offered: {offered}")})
