"""Keep parcels at a point: arrival, collection by code, and what becomes of what nobody collects.

Each step locks the order first, as everything does that changes a paid order.
"""

import secrets as random
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as insert_or_update

from marketplace import audit, clock, secrets
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from orders.aftersales import queries as aftersales_queries
from orders.aftersales.models import AftersalesCase, CaseCause, CaseKind, ReturnWay
from orders.aftersales.moving import move_case, record_event
from orders.aftersales.opening import ON_THE_WAY, open_case, returnable_quantity
from orders.aftersales.replacing import finish_exchange
from orders.aftersales.rules import RETURNABLE
from orders.fulfilment.queries import is_unsettled
from orders.fulfilment.service import accept_at_point
from orders.pickups import queries
from orders.pickups.errors import (
    NothingSentYet,
    ParcelNotFound,
    PickupCodeWrong,
    PickupStateForbids,
    TooManyCodes,
)
from orders.pickups.models import Pickup, PickupParcel, PickupRule, PickupTerms
from orders.pickups.moving import move_pickups
from orders.trades import queries as trade_queries
from orders.trades.deadlines import pickup_due, pickup_reminder_before
from orders.trades.models import Order
from orders.trades.states import (
    AGREE_INTERCEPTION,
    ARRIVE_PICKUP,
    COLLECT_PART,
    COLLECT_PICKUP,
    LAPSE_PART,
    LAPSE_PICKUP,
    By,
    OrderState,
    PickupState,
)

CODE_DIGITS = 8
# So many wrong codes in a row, and none is looked at for a while: guessing takes centuries.
MOST_TRIES = 5
BLOCKED_FOR = timedelta(hours=1)
_LAPSED = "自提逾期未取，退回合作社"


def mark_arrived(
    actor: Actor, pickup_id: uuid.UUID, *, parcel_ids: Collection[uuid.UUID] | None = None
) -> Pickup:
    """Say as the keeper that parcels are at the point: their buyer gets a code to collect them.

    Without ``parcel_ids``, all that were sent and have not come. What comes later joins what lies
    there: the code stays, and the days begin anew. Repeating it changes nothing. Raises
    PickupNotFound, NothingSentYet, ParcelNotFound, PickupStateForbids.
    """
    pickup, order = queries.relock_pickup(queries.get_kept(actor, pickup_id).id)
    coming = queries.list_on_the_way(pickup)
    if parcel_ids is not None:
        known = {each.id for each in coming} | queries.list_marked(pickup)
        if not known.issuperset(parcel_ids):
            raise ParcelNotFound
        coming = [each for each in coming if each.id in parcel_ids]
    if not coming:
        if queries.list_marked(pickup):
            return pickup
        raise NothingSentYet
    if pickup.state not in ARRIVE_PICKUP.sources:
        raise PickupStateForbids
    now, due_at = clock.now(), pickup_due()
    db.session.add_all(
        PickupParcel(
            id=new_id(),
            cooperative_id=pickup.cooperative_id,
            pickup_id=pickup.id,
            parcel_id=parcel.id,
            arrived_at=now,
            arrived_by=actor.id,
        )
        for parcel in coming
    )
    db.session.flush()
    code = f"{random.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    move_pickups(
        [order.id], ARRIVE_PICKUP, actor=actor, case_id=pickup.case_id,
        code=pickup.code or secrets.seal(code), arrived_at=now, due_at=due_at, reminded_at=None,
    )  # fmt: skip
    _announce(EventKind.PICKUP_ARRIVED, order, pickup, due_at)
    _keep_open(order, pickup, due_at + timedelta(days=1))
    return pickup


def _keep_open(order: Order, pickup: Pickup, until: datetime) -> None:
    """Put off what the clock would do by itself while something waits on the shelf."""
    if pickup.case_id is not None:
        case = db.session.get_one(AftersalesCase, pickup.case_id)
        case.due_at = max(case.due_at or until, until)
    elif order.accept_due_at is not None:
        order.accept_due_at = max(order.accept_due_at, until)
    db.session.flush()


def count_try(actor: Actor, pickup_id: uuid.UUID) -> None:
    """Count a code before it is looked at; the caller commits this first, so that every try counts.

    Raises PickupNotFound, PickupStateForbids, TooManyCodes.
    """
    pickup, _ = queries.relock_pickup(queries.get_kept(actor, pickup_id).id)
    if pickup.state not in COLLECT_PICKUP.sources:
        raise PickupStateForbids
    now = clock.now()
    if pickup.tries_again_at is not None and pickup.tries_again_at > now:
        raise TooManyCodes(pickup.tries_again_at)
    pickup.tries += 1
    if pickup.tries >= MOST_TRIES:
        pickup.tries, pickup.tries_again_at = 0, now + BLOCKED_FOR
        audit.record("pickup.codes_blocked", "pickup", pickup.id, actor=actor)
    db.session.flush()


def hand_out(actor: Actor, pickup_id: uuid.UUID, *, code: str) -> Pickup:
    """Hand out what lies there against its code. Its try was counted before.

    With the last of it the buyer has accepted the order, or has the replacement. Raises
    PickupNotFound, PickupStateForbids, PickupCodeWrong.
    """
    pickup, order = queries.relock_pickup(queries.get_kept(actor, pickup_id).id)
    if pickup.state not in COLLECT_PICKUP.sources or pickup.code is None:
        raise PickupStateForbids
    if not secrets.same(code, secrets.unseal(pickup.code)):
        raise PickupCodeWrong(MOST_TRIES - pickup.tries if pickup.tries_again_at is None else 0)
    case_id, is_last = pickup.case_id, _is_last(order, pickup)
    move_pickups(
        [order.id], COLLECT_PICKUP if is_last else COLLECT_PART, actor=actor, case_id=case_id,
        handed_out_by=actor.account_id, tries=0, tries_again_at=None, code=None, due_at=None,
    )  # fmt: skip
    if case_id is not None:
        finish_exchange(actor, db.session.get_one(AftersalesCase, case_id), order, By.KEEPER)
    elif is_last:
        accept_at_point(actor, order)
    return pickup


def _is_last(order: Order, pickup: Pickup) -> bool:
    """Tell whether nothing more is to come of a pick-up than what lies there."""
    is_sent = pickup.case_id is not None or order.state is OrderState.SHIPPED
    return is_sent and not queries.list_on_the_way(pickup)


def code_of(pickup: Pickup) -> str | None:
    """Return what the buyer shows at the point, while it waits there: 1234 5678."""
    if pickup.state is not PickupState.ARRIVED or pickup.code is None:
        return None
    digits = secrets.unseal(pickup.code)
    return f"{digits[:4]} {digits[4:]}"


def remind_to_collect(pickup_id: uuid.UUID) -> bool:
    """Remind a buyer once of what waits at a point; does nothing unless it still does."""
    pickup, order = queries.relock_pickup(pickup_id)
    is_told = pickup.state is not PickupState.ARRIVED or pickup.reminded_at is not None
    if is_told or pickup.arrived_at is None or pickup.arrived_at > pickup_reminder_before():
        return False
    pickup.reminded_at = clock.now()
    db.session.flush()
    audit.record("pickup.reminded", "pickup", pickup.id, actor=SYSTEM)
    _announce(EventKind.PICKUP_REMINDED, order, pickup, pickup.due_at)
    return True


def lapse_pickup(pickup_id: uuid.UUID) -> bool:
    """Send back what nobody collected in time; does nothing unless that still holds.

    Goods that may be returned go back to the cooperative and are refunded when it has them, or
    does not say so in time. The others cannot be sold again: they count as received, as was said
    before buying, and so does a replacement. What is already discussed in a case is left to that,
    and what is still to come is waited for.
    """
    pickup, order = queries.relock_pickup(pickup_id)
    now = clock.now()
    if pickup.state is not PickupState.ARRIVED or pickup.due_at is None or pickup.due_at > now:
        return False
    is_last = _is_last(order, pickup)
    due_at, case_id, shelf = pickup.due_at, pickup.case_id, queries.sum_shelf(pickup)
    move_pickups(
        [order.id], LAPSE_PICKUP if is_last else LAPSE_PART, actor=SYSTEM, case_id=case_id,
        code=None,
    )  # fmt: skip
    _announce(EventKind.PICKUP_UNCOLLECTED, order, pickup, due_at)
    # Done by the clock's next round, or once the goods that go back are settled.
    if case_id is not None:
        db.session.get_one(AftersalesCase, case_id).due_at = now
    else:
        _send_back(order, shelf, now)
        if is_last:
            order.accept_due_at = now
    db.session.flush()
    return True


def _announce(kind: EventKind, order: Order, pickup: Pickup, due_at: datetime | None) -> None:
    """Tell of a step; the code is no fact that leaves the process."""
    announce(
        kind,
        subject_id=pickup.id,
        account_id=order.account_id,
        cooperative_id=order.cooperative_id,
        buying_unit_id=order.buying_unit_id,
        facts={
            "order_id": order.id,
            "pickup_point_id": pickup.pickup_point_id,
            "due_at": due_at.isoformat() if due_at else None,
        },
    )


def _send_back(order: Order, shelf: dict[uuid.UUID, int], now: datetime) -> None:
    if order.state not in ON_THE_WAY or is_unsettled(order):
        return
    earlier = aftersales_queries.list_cases([order.id])
    for line in trade_queries.list_lines([order.id]):
        pieces = min(returnable_quantity(line, earlier), shelf.get(line.id, 0))
        if not pieces or line.return_class != RETURNABLE:
            continue
        case = open_case(
            SYSTEM,
            order,
            line,
            By.CLOCK,
            kind=CaseKind.RETURN,
            cause=CaseCause.NO_REASON,
            reason=_LAPSED,
            quantity=pieces,
            amount=None,
            return_way=ReturnWay.INTERCEPTED,
            applied_by=order.account_id,
        )
        record_event(SYSTEM, case, "applied", By.CLOCK, case.reason)
        move_case(SYSTEM, case, AGREE_INTERCEPTION, By.CLOCK, answered_at=now)


def set_terms(
    actor: Actor, cooperative_id: uuid.UUID, pickup_point_id: uuid.UUID, rule: PickupRule
) -> PickupRule:
    """Say as a cooperative whether and how it sends to a point; orders placed keep what they were told."""
    if rule is PickupRule.BY_TEMPLATE:
        db.session.execute(
            delete(PickupTerms).where(
                PickupTerms.cooperative_id == cooperative_id,
                PickupTerms.pickup_point_id == pickup_point_id,
            )
        )
    else:
        said = {"rule": rule, "changed_at": clock.now()}
        db.session.execute(
            insert_or_update(PickupTerms)
            .values(
                id=new_id(),
                cooperative_id=cooperative_id,
                pickup_point_id=pickup_point_id,
                **said,
            )
            .on_conflict_do_update(index_elements=["cooperative_id", "pickup_point_id"], set_=said)
        )
    audit.record(
        "pickup_terms.changed", "cooperative", cooperative_id, actor=actor,
        after={"pickup_point_id": str(pickup_point_id), "rule": rule},
    )  # fmt: skip
    return rule
