"""Disputes at the small Stripe: raised by a bank, answered once, decided, with the money they move.

https://docs.stripe.com/api/disputes/object – money leaves with the dispute and returns if it is
won; an inquiry (``warning_…``) moves none. Papers go to ``/v1/files`` first.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.stripe_balance import Balance

Fields = dict[str, str]
Body = dict[str, Any]

FEE = 1500
_WEEK = 7 * 86_400
OPEN = ("needs_response", "under_review")


@dataclass
class Disputes:
    """The disputes of one account."""

    now: Callable[[], int]
    balance: Balance
    tell: Callable[[str, Body], None]
    found: dict[str, Body] = field(default_factory=dict)
    files: dict[str, Body] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def raise_one(
        self, intent: Body, *, amount: int | None = None, reason: str = "product_not_received",
        inquiry: bool = False,
    ) -> Body:  # fmt: skip
        """The payer goes to the bank; an inquiry asks before any money moves."""
        number = next(self.numbers)
        dispute: Body = {
            "id": f"dp_{number}",
            "object": "dispute",
            "amount": intent["amount_received"] if amount is None else amount,
            "balance_transactions": [],
            "charge": intent["latest_charge"]["id"],
            "created": self.now(),
            "currency": intent["currency"],
            "enhanced_eligibility_types": [],
            "evidence": {},
            "evidence_details": {
                "due_by": self.now() + _WEEK,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": inquiry,
            "livemode": False,
            "metadata": {},
            "payment_intent": intent["id"],
            "reason": reason,
            "status": "warning_needs_response" if inquiry else "needs_response",
        }
        self.found[dispute["id"]] = dispute
        self.tell("charge.dispute.created", dispute)
        if not inquiry:
            self._move(dispute, -dispute["amount"], FEE, "charge.dispute.funds_withdrawn")
        return dispute

    def decide(self, dispute_id: str, status: str) -> None:
        """The bank has decided: ``won``, ``lost`` or ``warning_closed``."""
        dispute = self.found[dispute_id]
        dispute["status"] = status
        if status == "won":
            self._move(dispute, dispute["amount"], 0, "charge.dispute.funds_reinstated")
        self.tell("charge.dispute.closed", dispute)

    def _move(self, dispute: Body, amount: int, fee: int, kind: str) -> None:
        category = "dispute" if amount < 0 else "dispute_reversal"
        moved = self.balance.record(
            "adjustment", amount, dispute | {"balance_transactions": []}, fee=fee,
            currency=dispute["currency"], category=category,
        )  # fmt: skip
        dispute["balance_transactions"].append(moved | {"source": dispute["id"]})
        self.tell(kind, dispute)

    def answer(self, dispute: Body, fields: Fields) -> Body | None:
        """Take evidence; None if the dispute takes none any more."""
        if dispute["status"] not in ("needs_response", "warning_needs_response"):
            return None
        paper = fields.get("evidence[uncategorized_file]")
        if paper is not None and paper not in self.files:
            return None
        dispute["evidence"] = {
            name[len("evidence[") : -1]: value
            for name, value in fields.items()
            if name.startswith("evidence[")
        }
        dispute["evidence_details"] |= {"has_evidence": True}
        if fields.get("submit") == "true":
            dispute["evidence_details"]["submission_count"] += 1
            warned = dispute["status"].startswith("warning")
            dispute["status"] = "warning_under_review" if warned else "under_review"
        self.tell("charge.dispute.updated", dispute)
        return dispute

    def keep_file(self, raw: bytes) -> Body:
        """Keep an upload as it travelled."""
        file = {
            "id": f"file_{next(self.numbers)}",
            "object": "file",
            "created": self.now(),
            "expires_at": None,
            "filename": raw.split(b'filename="')[1].split(b'"')[0].decode(),
            "purpose": "dispute_evidence",
            "size": len(raw),
            "type": None,
            "url": None,
        }
        self.files[file["id"]] = file
        return file

    def blocks_refund(self, intent_id: str) -> bool:
        """Tell whether a payment cannot be refunded because it is disputed."""
        return any(
            each["payment_intent"] == intent_id and each["status"] in (*OPEN, "lost")
            for each in self.found.values()
        )
