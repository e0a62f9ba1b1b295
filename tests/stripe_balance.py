"""The balance of the small Stripe: every movement of its money, as ``/v1/balance_transactions`` lists it.

https://docs.stripe.com/api/balance_transactions – a movement has its amount, its fee and the object
that it comes from; the list starts with the newest.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Fields = dict[str, str]
Body = dict[str, Any]

# Small pages, so that a reader that stops at the first one is found out.
PAGE = 2
_DAY = 86_400
CATEGORIES = {
    "payment": "charge",
    "payment_refund": "refund",
    "payment_failure_refund": "refund_failure",
    "refund_failure": "refund_failure",
    "stripe_fee": "fee",
    "payout_failure": "payout_reversal",
    "transfer_refund": "transfer_reversal",
}


@dataclass
class Balance:
    """The movements of one account, oldest first."""

    now: Callable[[], int]
    # What it keeps of each payment: hundredths of a per cent, and so much for each.
    fee_rate_bp: int = 0
    fee_each: int = 0
    movements: list[Body] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def fee_of(self, amount: int) -> int:
        """Return what it keeps of a payment."""
        return amount * self.fee_rate_bp // 10_000 + self.fee_each

    def record(
        self,
        kind: str,
        amount: int,
        source: Body | None,
        *,
        fee: int = 0,
        currency: str = "cny",
        category: str = "",
        created: int | None = None,
    ) -> Body:
        """Write a movement: positive in, negative out. ``source`` is the object that it comes from.

        ``category``: the reporting category where the type alone does not tell (a dispute is an
        ``adjustment`` of category ``dispute`` or ``dispute_reversal``).
        """
        at = self.now() if created is None else created
        movement = {
            "id": f"txn_{next(self.numbers)}",
            "object": "balance_transaction",
            "type": kind,
            "reporting_category": category or CATEGORIES.get(kind, kind),
            "amount": amount,
            "fee": fee,
            "net": amount - fee,
            "fee_details": _fee_details(fee, currency),
            "currency": currency,
            "created": at,
            "available_on": at + 7 * _DAY,
            "status": "pending",
            "exchange_rate": None,
            "description": None,
            "balance_type": "payments",
            "source": None if source is None else json.loads(json.dumps(source)),
        }
        self.movements.append(movement)
        return movement

    def take_fee(self, amount: int) -> Body:
        """Charge for something that is no payment."""
        return self.record("stripe_fee", -amount, None)

    def pay_out(self, amount: int, *, currency: str = "cny") -> Body:
        """Send money to the account holder's bank."""
        number = next(self.numbers)
        payout = {
            "id": f"po_{number}",
            "object": "payout",
            "amount": amount,
            "currency": currency,
            "status": "in_transit",
            "arrival_date": self.now() + _DAY,
            "metadata": {},
        }
        return self.record("payout", -amount, payout, currency=currency)

    def list(self, fields: Fields) -> Body:
        """Answer a listing: newest first, bounds on ``created``, pages after an id."""
        since, before = int(fields.get("created[gte]", 0)), int(fields.get("created[lt]", 2**33))
        found = [m for m in reversed(self.movements) if since <= m["created"] < before]
        found = [m for m in found if m["type"] == fields.get("type", m["type"])]
        after = fields.get("starting_after")
        if after is not None:
            found = found[[m["id"] for m in found].index(after) + 1 :]
        is_expanded = "data.source" in fields.values()
        page = [m if is_expanded else _folded(m) for m in found[:PAGE]]
        return {
            "object": "list",
            "url": "/v1/balance_transactions",
            "data": page,
            "has_more": len(found) > PAGE,
        }


def _folded(movement: Body) -> Body:
    source = movement["source"]
    return movement | {"source": None if source is None else source["id"]}


def _fee_details(fee: int, currency: str) -> list[Body]:
    if not fee:
        return []
    return [
        {
            "type": "stripe_fee",
            "amount": fee,
            "currency": currency,
            "application": None,
            "description": "Stripe processing fees",
        }
    ]
