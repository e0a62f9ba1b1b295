"""Keep what a tracking service says; the newest word of it wins, and repeats change nothing."""

import uuid
from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock
from marketplace.database import db
from orders.checkout.service import Recipient
from orders.fulfilment.models import Parcel
from orders.tracking import queries
from orders.tracking.models import Tracking, TrackingState
from orders.tracking.tracker import News, Waybill
from orders.trades.models import Order

ASK_AGAIN_AFTER = timedelta(hours=6)
# A parcel of which nothing was heard for this long is asked about no more.
GIVE_UP_AFTER = timedelta(days=30)
_NEEDS_PHONE = "sf"


def begin_tracking(parcel_id: uuid.UUID) -> Waybill | None:
    """Begin to watch a parcel; returns what the service needs to know. Safe to repeat."""
    found = queries.find_parcel(parcel_id)
    if found is None:
        return None
    parcel, order = found
    db.session.execute(
        insert(Tracking)
        .values(
            cooperative_id=parcel.cooperative_id,
            parcel_id=parcel.id,
            state=TrackingState.UNKNOWN,
            course=[],
            ask_at=clock.now() + ASK_AGAIN_AFTER,
        )
        .on_conflict_do_nothing()
    )
    return _waybill(parcel, order)


def mark_subscribed(parcel_id: uuid.UUID) -> None:
    """Write that the service tells of a parcel by itself from now on."""
    db.session.execute(
        update(Tracking)
        .where(Tracking.parcel_id == parcel_id, Tracking.subscribed_at.is_(None))
        .values(subscribed_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def put_off(parcel_id: uuid.UUID) -> Waybill | None:
    """Take the turn to ask about a parcel and put off the next; None once it is given up."""
    found = queries.find_parcel(parcel_id)
    if found is None:
        return None
    parcel, order = found
    is_over = clock.now() > parcel.shipped_at + GIVE_UP_AFTER
    db.session.execute(
        update(Tracking)
        .where(Tracking.cooperative_id == parcel.cooperative_id, Tracking.parcel_id == parcel.id)
        .values(ask_at=None if is_over else clock.now() + ASK_AGAIN_AFTER)
        .execution_options(synchronize_session=False)
    )
    return None if is_over else _waybill(parcel, order)


def record_news(news: News) -> int:
    """Keep what the service says of a waybill; returns how many parcels it was news for.

    Notices come late and out of order: one that knows less than what is kept changes nothing, and
    a delivered parcel stays delivered.
    """
    course = [{"at": step.at.isoformat(), "text": step.text} for step in news.course]
    changed = 0
    for tracking in queries.lock_trackings_of(news.courier_code, news.number):
        is_older = len(course) < len(tracking.course)
        is_over = tracking.state is TrackingState.DELIVERED and news.state is not tracking.state
        if is_older or is_over or (tracking.course == course and tracking.state is news.state):
            continue
        tracking.course = course
        tracking.state = news.state
        tracking.told_at = clock.now()
        tracking.ask_at = clock.now() + ASK_AGAIN_AFTER
        if news.state is TrackingState.DELIVERED:
            tracking.delivered_at = news.course[0].at if news.course else clock.now()
            tracking.ask_at = None
        changed += 1
    db.session.flush()
    return changed


def _waybill(parcel: Parcel, order: Order) -> Waybill:
    """Say of the buyer's telephone no more than what the courier asks for, and only if it does."""
    phone = Recipient.unseal(order.ship_to).phone if parcel.courier_code == _NEEDS_PHONE else ""
    return Waybill(parcel.courier_code, parcel.waybill_no, phone[-4:])
