"""Stripe's Connect transfers: from our balance into a connected account, once for each payout.

https://docs.stripe.com/connect/separate-charges-and-transfers
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stripe import StripeClient

from orders.payments.provider import TransferRequest
from orders.payments.stripe import translation

if TYPE_CHECKING:
    from stripe.params import TransferCreateParams

PAGE = 100


def send(client: StripeClient, request: TransferRequest, *, is_old: bool) -> Mapping[str, Any]:
    """Make a transfer, or find the one made for this payout; ``is_old``: its key may be forgotten."""
    found = _find(client, request) if is_old else None
    if found is not None:
        return found
    params: TransferCreateParams = {
        "amount": request.amount_fen,
        "currency": request.currency.lower(),
        "destination": request.account,
        "transfer_group": request.group,
        "description": request.number,
        "metadata": {translation.PAYOUT: str(request.payout_id)},
    }
    made = client.v1.transfers.create(params, {"idempotency_key": str(request.payout_id)})
    headers = {} if made.last_response is None else made.last_response.headers
    if headers.get("Idempotent-Replayed") == "true":
        # What is replayed is the first answer; it may have been reversed since.
        return client.v1.transfers.retrieve(made.id).to_dict()
    return made.to_dict()


def _find(client: StripeClient, request: TransferRequest) -> Mapping[str, Any] | None:
    listed = client.v1.transfers.list({"transfer_group": request.group, "limit": PAGE})
    for transfer in listed.auto_paging_iter():
        found: dict[str, Any] = transfer.to_dict()
        if found["metadata"].get(translation.PAYOUT) == str(request.payout_id):
            return found
    return None
