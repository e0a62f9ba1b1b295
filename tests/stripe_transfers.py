"""Connect transfers at the small Stripe: to connected accounts, out of the balance, and reversed.

https://docs.stripe.com/api/transfers/object
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.stripe_balance import Balance

Fields = dict[str, str]
Body = dict[str, Any]


@dataclass
class Transfers:
    """The transfers of one account, and the accounts that are connected to it."""

    now: Callable[[], int]
    balance: Balance
    tell: Callable[[str, Body], None]
    # What may receive, and what there is to send; None: enough.
    connected: set[str] = field(default_factory=set)
    available: int | None = None
    made: dict[str, Body] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def make(self, fields: Fields) -> Body | str:
        """Move money; a text says why not."""
        amount = int(fields["amount"])
        if fields["destination"] not in self.connected:
            return "resource_missing"
        if self.available is not None and amount > self.available:
            return "balance_insufficient"
        transfer: Body = {
            "id": f"tr_{next(self.numbers)}",
            "object": "transfer",
            "amount": amount,
            "amount_reversed": 0,
            "balance_transaction": None,
            "created": self.now(),
            "currency": fields["currency"],
            "description": fields.get("description"),
            "destination": fields["destination"],
            "destination_payment": None,
            "livemode": False,
            "metadata": {
                name[len("metadata[") : -1]: value
                for name, value in fields.items()
                if name.startswith("metadata[")
            },
            "reversals": {"object": "list", "data": [], "has_more": False, "url": "/v1/transfers"},
            "reversed": False,
            "source_transaction": None,
            "source_type": "card",
            "transfer_group": fields.get("transfer_group"),
        }
        moved = self.balance.record("transfer", -amount, transfer, currency=fields["currency"])
        transfer["balance_transaction"] = moved["id"]
        self.made[transfer["id"]] = transfer
        self.tell("transfer.created", transfer)
        return transfer

    def list(self, group: str) -> list[Body]:
        return [each for each in self.made.values() if each["transfer_group"] == group]

    def reverse(self, transfer_id: str, amount: int | None = None) -> None:
        """The money comes back, all that is left of it or so much."""
        transfer = self.made[transfer_id]
        back = transfer["amount"] - transfer["amount_reversed"] if amount is None else amount
        transfer["amount_reversed"] += back
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        self.balance.record("transfer_refund", back, transfer, currency=transfer["currency"])
        self.tell("transfer.reversed", transfer)
