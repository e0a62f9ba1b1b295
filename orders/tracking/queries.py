"""Every select on trackings."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from marketplace.database import db
from orders.fulfilment.models import Parcel
from orders.tracking.models import Tracking
from orders.trades.models import Order


def list_trackings(parcel_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Tracking]:
    """Return what is known of parcels, by parcel."""
    if not parcel_ids:
        return {}
    found = db.session.scalars(select(Tracking).where(Tracking.parcel_id.in_(parcel_ids)))
    return {tracking.parcel_id: tracking for tracking in found}


def find_parcel(parcel_id: uuid.UUID) -> tuple[Parcel, Order] | None:
    """Return a parcel and its order."""
    row = db.session.execute(
        select(Parcel, Order).join(Order, Order.id == Parcel.order_id).where(Parcel.id == parcel_id)
    ).first()
    return None if row is None else (row[0], row[1])


def lock_trackings_of(courier_code: str, waybill_no: str) -> Sequence[Tracking]:
    """Lock what is known of a waybill; a number may be known to several cooperatives."""
    statement = (
        select(Tracking)
        .join(
            Parcel,
            (Parcel.cooperative_id == Tracking.cooperative_id) & (Parcel.id == Tracking.parcel_id),
        )
        .where(Parcel.courier_code == courier_code, Parcel.waybill_no == waybill_no)
        .order_by(Tracking.id)
        .with_for_update(of=Tracking)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(statement).all()


def list_due(now: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return the parcels of which nothing was told for long, the longest first."""
    statement = (
        select(Tracking.parcel_id)
        .where(Tracking.ask_at <= now)
        .order_by(Tracking.ask_at)
        .limit(limit)
    )
    return db.session.scalars(statement).all()
