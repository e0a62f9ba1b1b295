"""Applying for another attribution, and the office's decision, which moves the credit with it."""

import uuid
from collections.abc import Callable

from marketplace import audit, clock
from marketplace.database import db, refusing_repeats
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.permissions import Permission
from orders.attribution_changes import queries
from orders.attribution_changes.errors import (
    AttributionUnchanged,
    ChangeDecided,
    ChangeUnderWay,
    ChoiceWrong,
    DecidedByApplicant,
    OrderDoesNotCount,
)
from orders.attribution_changes.models import AttributionChange, ChangeState
from orders.checkout.attribution import Attribution, AttributionChoice, attribute
from orders.trades.models import AttributionSource, Order
from orders.trades.queries import bought_by, find_order_of_line, lock_order
from orders.trades.states import OrderState
from partners.credits import attributions, reviews
from partners.credits.rows import Attribution as Counted
from partners.offices.queries import list_offices_over


def apply_for_change(
    actor: Actor,
    order_id: uuid.UUID,
    *,
    reason: str,
    buying_unit_id: uuid.UUID | None = None,
    region_code: str | None = None,
) -> AttributionChange:
    """Ask that a paid order count for another unit of the buyer's, or another eastern region.

    Raises OrderNotFound, OrderDoesNotCount, ChoiceWrong, AttributionUnchanged, ChangeUnderWay, and
    what ``attribute`` raises.
    """
    order = lock_order(order_id, bought_by(actor, Permission.TRADE_PLACE))
    if order.sale_on is None or order.state is OrderState.CANCELLED:
        raise OrderDoesNotCount
    wanted = _settle(actor, order, buying_unit_id, region_code)
    if (wanted.region_code, wanted.buying_unit_id) == (
        order.attribution_code,
        order.buying_unit_id,
    ):
        field = "region_code" if buying_unit_id is None else "buying_unit_id"
        raise AttributionUnchanged(fields={field: AttributionUnchanged.title})
    change = _change(actor, order, wanted, reason)
    with refusing_repeats(ChangeUnderWay):
        db.session.add(change)
    _audit(actor, change)
    return change


def _settle(
    actor: Actor, order: Order, buying_unit_id: uuid.UUID | None, region_code: str | None
) -> Attribution:
    if (buying_unit_id is None) == (region_code is None):
        raise ChoiceWrong(fields={"region_code": ChoiceWrong.title})
    source = AttributionSource.BUYING_UNIT if buying_unit_id else AttributionSource.CHOSEN
    choice = AttributionChoice(
        source=source, buying_unit_id=buying_unit_id, region_code=region_code
    )
    return attribute(actor, choice, order.ship_to_code)[0]


def _change(actor: Actor, order: Order, wanted: Attribution, reason: str) -> AttributionChange:
    now_in = order.attribution_code
    return AttributionChange(
        id=new_id(),
        cooperative_id=order.cooperative_id,
        order_id=order.id,
        state=ChangeState.APPLIED,
        from_unit_name=order.buying_unit_name,
        from_code=now_in,
        to_source=wanted.source,
        to_unit_id=wanted.buying_unit_id,
        to_unit_name=wanted.buying_unit_name,
        to_unit_kind=wanted.buying_unit_kind,
        to_unit_is_budget=wanted.buying_unit_is_budget,
        to_code=wanted.region_code,
        reason=reason,
        applied_by=actor.account_id,
        applied_at=clock.now(),
        # Who would lose the sale decides; where no office answers for it, who would gain it.
        decided_in=now_in if now_in and list_offices_over(now_in) else wanted.region_code,
    )


def withdraw_change(actor: Actor, order_id: uuid.UUID) -> AttributionChange:
    """Take the open application about an order back. Raises OrderNotFound, ChangeDecided."""
    order = lock_order(order_id, bought_by(actor, Permission.TRADE_PLACE))
    waiting = [c for c in queries.list_of_order(order) if c.state is ChangeState.APPLIED]
    if not waiting:
        raise ChangeDecided
    waiting[0].state = ChangeState.WITHDRAWN
    db.session.flush()
    _audit(actor, waiting[0])
    return waiting[0]


def approve_change(actor: Actor, change_id: uuid.UUID, *, note: str) -> AttributionChange:
    """Let the order, and the credit of all its lines, count for whom it was asked.

    Raises ChangeNotFound, ChangeDecided, DecidedByApplicant, OrderDoesNotCount.
    """
    order = lock_order(queries.find_decidable(actor, change_id).order_id)
    change = _decide(actor, change_id, ChangeState.APPROVED, note)
    if order.state is OrderState.CANCELLED:
        raise OrderDoesNotCount
    counted = Counted(
        attribution_code=change.to_code,
        buying_unit_id=change.to_unit_id,
        buying_unit_name=change.to_unit_name,
        buying_unit_kind=change.to_unit_kind,
        buying_unit_is_budget=change.to_unit_is_budget,
    )
    _move(order, change.to_source, counted, change_id)
    return change


def follow_moved_sale(
    line_id: uuid.UUID, counted: Counted, cause_id: uuid.UUID, lock_sale: Callable[[], object]
) -> None:
    """Let the order of a sale that an office moves by itself count, as a whole, where that goes."""
    order_id = find_order_of_line(line_id)
    order = lock_order(order_id) if order_id is not None else None
    lock_sale()
    if order is not None:
        is_of_unit = counted.buying_unit_id is not None
        source = AttributionSource.BUYING_UNIT if is_of_unit else AttributionSource.CHOSEN
        _move(order, source, counted, cause_id)


reviews.move_with("order_line", follow_moved_sale)


def _move(order: Order, source: AttributionSource, to: Counted, cause_id: uuid.UUID) -> None:
    order.attribution_source = source
    order.attribution_code = to.attribution_code
    order.buying_unit_id = to.buying_unit_id
    order.buying_unit_name = to.buying_unit_name
    order.buying_unit_kind = to.buying_unit_kind
    order.buying_unit_is_budget = to.buying_unit_is_budget
    db.session.flush()
    cooperative_id, lines = order.cooperative_id, sorted(line.id for line in order.lines)
    for line_id in lines:
        attributions.reattribute_sale(
            cooperative_id=cooperative_id, line_id=line_id, attribution=to, cause_id=cause_id
        )


def refuse_change(actor: Actor, change_id: uuid.UUID, *, note: str) -> AttributionChange:
    """Leave the order as it counts. Raises ChangeNotFound, ChangeDecided, DecidedByApplicant."""
    return _decide(actor, change_id, ChangeState.REFUSED, note)


def _decide(actor: Actor, change_id: uuid.UUID, state: ChangeState, note: str) -> AttributionChange:
    change = queries.lock_change(change_id, queries.decidable_by(actor))
    if change.state is not ChangeState.APPLIED:
        raise ChangeDecided
    if change.applied_by == actor.account_id:
        raise DecidedByApplicant
    change.state = state
    change.note = note
    change.decided_by = actor.account_id
    change.decided_at = clock.now()
    db.session.flush()
    _audit(actor, change)
    return change


def _audit(actor: Actor, change: AttributionChange) -> None:
    audit.record(
        f"attribution_change.{change.state}", "order", change.order_id, actor=actor,
        before={"attribution_code": change.from_code},
        after={"change_id": str(change.id), "attribution_code": change.to_code,
               "buying_unit_id": str(change.to_unit_id) if change.to_unit_id else None},
    )  # fmt: skip
