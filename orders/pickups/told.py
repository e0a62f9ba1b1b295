"""What an order tells of its collection; the code is for its buyer only."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from marketplace.language import Text
from orders.pickups.models import Pickup
from orders.pickups.service import code_of
from orders.trades.states import PICKUP_TITLES, PickupState

OUTCOME = Text(
    "到时没有取走的，可退的商品退回合作社后退款，其余按已收货处理。",
    "What is not collected by then goes back and is refunded where it may be returned; the rest "
    "counts as received.",
)

_REPLACEMENT = Text(
    "换货到时没有取走的，按已收到处理。", "A replacement not collected by then counts as received."
)


def keeping() -> Text:
    """Say before an order is placed how long a point keeps it, and what happens then."""
    days = current_app.config["SETTINGS"].pickup_keep_days
    kept = Text("货到自提点后保管 {days} 天。", "It is kept there for {days} days. ").format(
        days=days
    )
    return Text(kept.zh + OUTCOME.zh, kept.en + OUTCOME.en)


@dataclass(frozen=True, slots=True)
class ToldPickup:
    """Where an order is collected and how that stands, for its buyer or for somebody else."""

    row: Pickup
    is_buyers: bool

    @property
    def is_replacement(self) -> bool:
        return self.row.case_id is not None

    @property
    def state_title(self) -> str:
        return str(PICKUP_TITLES[self.row.state])

    @property
    def code(self) -> str | None:
        return code_of(self.row) if self.is_buyers else None

    @property
    def due_at(self) -> datetime | None:
        return self.row.due_at if self.row.state is PickupState.ARRIVED else None

    @property
    def due_outcome(self) -> str | None:
        if self.due_at is None:
            return None
        return str(_REPLACEMENT if self.is_replacement else OUTCOME)
