"""A requisition as somebody sees it: with its recipient for the unit's people, and what may be done."""

from dataclasses import dataclass
from typing import Any

from marketplace import clock
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.checkout.service import Recipient
from orders.requisitions import queries
from orders.requisitions.models import OPEN, Requisition, RequisitionState


@dataclass(frozen=True, slots=True)
class ShownRequisition:
    """A requisition before one reader's eyes."""

    row: Requisition
    ship_to: Recipient | None
    actions: list[str]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def show(actor: Actor, row: Requisition) -> ShownRequisition:
    """Return a requisition the actor may read, with what the actor may do about it now."""
    is_mine = row.requested_by == actor.id
    is_over = row.expires_at <= clock.now()
    units = actor.scopes(Permission.REQUISITION_DECIDE, ScopeKind.BUYING_UNIT)
    is_decidable = row.state is RequisitionState.SUBMITTED and not is_over
    offers = (
        ("approve", is_decidable and not is_mine and row.buying_unit_id in units),
        ("refuse", is_decidable and not is_mine and row.buying_unit_id in units),
        ("resubmit", is_mine and row.state is RequisitionState.RETURNED and not is_over),
        ("withdraw", is_mine and row.state in OPEN),
        ("put_back", is_mine and row.state not in (RequisitionState.SUBMITTED,
                                                   RequisitionState.APPROVED)),
    )  # fmt: skip
    return ShownRequisition(
        row,
        Recipient.unseal(row.ship_to) if queries.is_insider(actor, row) else None,
        [name for name, is_offered in offers if is_offered],
    )
