"""What a provider says of our money that it holds: every movement, for the daily reconciliation."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable
from uuid import UUID


class MovementKind(StrEnum):
    """Why a balance with a provider changed."""

    PAYMENT = "payment"
    REFUND = "refund"
    # A refund that the buyer's bank sent back.
    REFUND_FAILURE = "refund_failure"
    DISPUTE = "dispute"
    DISPUTE_REVERSAL = "dispute_reversal"
    FEE = "fee"
    PAYOUT = "payout"
    PAYOUT_REVERSAL = "payout_reversal"
    TRANSFER = "transfer"
    TRANSFER_REVERSAL = "transfer_reversal"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One movement of a balance, in the smallest unit of its currency: in above zero, out below.

    ``amount`` is before the provider's ``fee``, which lowers the balance as well where it is above
    zero. ``subject_id`` is ours, as the provider repeats it: the attempt or the refund.
    """

    reference: str
    kind: MovementKind
    amount: int
    fee: int
    currency: str
    occurred_at: datetime
    available_at: datetime | None = None
    # The provider's name of what moved: the payment, refund, dispute or payout.
    source_reference: str | None = None
    subject_id: UUID | None = None


@runtime_checkable
class HoldsMoney(Protocol):
    """A provider that keeps an account of what it holds for us."""

    name: str

    def list_movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        """Read every movement in [since, until), in any order; raises ProviderUnreachable."""
