"""Stripe's balance transactions, read page by page and put into the shop's words.

https://docs.stripe.com/api/balance_transactions/list,
https://docs.stripe.com/reports/reporting-categories
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from stripe import StripeClient

from orders.payments.movements import Movement, MovementKind
from orders.payments.stripe import translation

if TYPE_CHECKING:
    from stripe.params import BalanceTransactionListParams

PAGE = 100

# The reporting category says more than the type: a dispute and its reversal are both adjustments.
_KINDS = {
    "charge": MovementKind.PAYMENT,
    "refund": MovementKind.REFUND,
    "refund_failure": MovementKind.REFUND_FAILURE,
    "charge_failure": MovementKind.REFUND,
    "dispute": MovementKind.DISPUTE,
    "dispute_reversal": MovementKind.DISPUTE_REVERSAL,
    "fee": MovementKind.FEE,
    "network_cost": MovementKind.FEE,
    "tax": MovementKind.FEE,
    "payout": MovementKind.PAYOUT,
    "payout_reversal": MovementKind.PAYOUT_REVERSAL,
    "transfer": MovementKind.TRANSFER,
    "transfer_reversal": MovementKind.TRANSFER_REVERSAL,
}
# Under which name of the metadata each kind of source repeats our id.
_OURS = {"charge": translation.ATTEMPT, "refund": translation.REFUND}


def list_movements(client: StripeClient, since: datetime, until: datetime) -> Iterator[Movement]:
    """Read every balance transaction made in [since, until), the newest first.

    Raises what Stripe's library raises; ValueError, KeyError or TypeError where one is not whole.
    """
    params: BalanceTransactionListParams = {
        "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
        "limit": PAGE,
        # The source tells which payment or refund of ours it was.
        "expand": ["data.source"],
    }
    for found in client.v1.balance_transactions.list(params).auto_paging_iter():
        yield read_movement(found.to_dict())


def read_movement(found: Mapping[str, Any]) -> Movement:
    """Translate a balance transaction; money in another currency stays in it."""
    source = found.get("source")
    subject = source if isinstance(source, Mapping) else {}
    return Movement(
        reference=_text(found["id"]),
        kind=_KINDS.get(found["reporting_category"], MovementKind.OTHER),
        amount=_amount(found["amount"]),
        fee=_amount(found["fee"]),
        currency=_text(found["currency"]).upper(),
        occurred_at=_moment(found["created"]),
        available_at=_moment(found["available_on"]),
        source_reference=subject.get("id") or (source if isinstance(source, str) else None),
        subject_id=_own_id(subject),
    )


def _own_id(source: Mapping[str, Any]) -> UUID | None:
    name = _OURS.get(source.get("object", ""))
    value = (source.get("metadata") or {}).get(name) if name else None
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > 200:
        raise ValueError("not a text")
    return value


def _amount(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**53) < value < 2**53:
        raise ValueError("not an amount")
    return value


def _moment(value: object) -> datetime:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**33:
        raise ValueError("not a moment")
    return datetime.fromtimestamp(value, UTC)
