"""Reading a provider's movements of a day, with some hours around it, and keeping them once each."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock
from marketplace.clock import shanghai_date
from marketplace.database import db
from marketplace.ids import new_id
from orders.payments.movements import HoldsMoney, Movement, MovementKind
from orders.reconciliation.found import bounds
from orders.reconciliation.models import Item, ProviderMovement, ReconciliationRun, RunState

BATCH = 500
# What the provider took before midnight may be noted after it, and the other way round.
MARGIN = timedelta(hours=3)
_ITEMS = {
    MovementKind.PAYMENT: Item.PAYMENT,
    MovementKind.REFUND: Item.REFUND,
    MovementKind.REFUND_FAILURE: Item.REFUND,
}


def read_batches(provider: HoldsMoney, day: date) -> Iterator[Sequence[Movement]]:
    """Read what a provider says of a day, batch by batch; raises ProviderUnreachable."""
    start, end = bounds(day)
    movements = provider.list_movements(start - MARGIN, min(end + MARGIN, clock.now()))
    while batch := list(islice(movements, BATCH)):
        yield batch


def keep(run: ReconciliationRun, movements: Sequence[Movement]) -> int:
    """Keep movements that are not known yet; returns how many those are.

    Other days whose comparison did not know them have to be compared again.
    """
    statement = (
        insert(ProviderMovement)
        .values([_row(run.channel, movement) for movement in movements])
        .on_conflict_do_nothing(index_elements=["provider", "reference"])
        .returning(ProviderMovement.moved_on)
    )
    days = db.session.scalars(statement).all()
    others = set(days) - {run.day}
    if others:
        db.session.execute(
            update(ReconciliationRun)
            .where(
                ReconciliationRun.channel == run.channel,
                ReconciliationRun.day.in_(others),
                ReconciliationRun.state == RunState.DONE,
            )
            .values(is_stale=True)
            .execution_options(synchronize_session=False)
        )
    return len(days)


def _row(provider: str, movement: Movement) -> dict[str, Any]:
    own_id = new_id()
    item = _ITEMS.get(movement.kind)
    is_ours = item is not None and movement.subject_id is not None
    if not is_ours:
        item = Item.FEE if movement.kind is MovementKind.FEE else Item.MOVEMENT
    return {
        "id": own_id,
        "provider": provider,
        "reference": movement.reference,
        "kind": movement.kind,
        "item": item,
        "subject_id": movement.subject_id if is_ours else own_id,
        "amount": movement.amount,
        "fee": movement.fee,
        "currency": movement.currency,
        "source_reference": movement.source_reference,
        "occurred_at": movement.occurred_at,
        "moved_on": shanghai_date(movement.occurred_at),
        "available_at": movement.available_at,
        "read_at": clock.now(),
    }
