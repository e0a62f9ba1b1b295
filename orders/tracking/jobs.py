"""Calls to the tracking service, each between two transactions."""

import logging
import uuid

from marketplace import clock, jobs
from marketplace.database import transaction
from orders.tracking import queries, service
from orders.tracking.tracker import TrackerUnreachable, find_tracker

log = logging.getLogger(__name__)

BATCH = 100


@jobs.task("orders.track_parcel")
def track_parcel(parcel_id: str) -> None:
    """Have the service watch a parcel; fails, and so runs again, while it cannot be reached."""
    tracker = find_tracker()
    if tracker is None:
        return
    with transaction():
        waybill = service.begin_tracking(uuid.UUID(parcel_id))
    if waybill is None:
        return
    tracker.subscribe(waybill)
    with transaction():
        service.mark_subscribed(uuid.UUID(parcel_id))


@jobs.periodic("11-59/30 * * * *", "orders.ask_for_parcels")
def ask_for_parcels() -> None:
    """Ask about the parcels of which nothing was told for long: pushed notices get lost."""
    tracker = find_tracker()
    if tracker is None:
        return
    with transaction():
        due = queries.list_due(clock.now(), BATCH)
    for parcel_id in due:
        with transaction():
            waybill = service.put_off(parcel_id)
        if waybill is None:
            continue
        try:
            news = tracker.look_up(waybill)
        except TrackerUnreachable:
            log.warning("the tracking service cannot be reached")
            return
        if news is not None:
            with transaction():
                service.record_news(news)
