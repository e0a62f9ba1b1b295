"""Setting fees: from a day on, never for sales that are made already."""

from datetime import date

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from orders.fees import queries
from orders.fees.errors import CategoryUnknown, FeeRateInThePast, FeeRateOverlaps
from orders.fees.models import FeeRate


def set_fee_rate(
    actor: Actor,
    *,
    rate_bp: int,
    valid_from: date,
    document: str,
    category_code: str | None = None,
    valid_to: date | None = None,
) -> FeeRate:
    """Set a rate for a category (None: all goods); the open-ended one before it ends there.

    Raises FeeRateInThePast, FeeRateOverlaps, CategoryUnknown.
    """
    if valid_from < clock.today():
        raise FeeRateInThePast(fields={"valid_from": FeeRateInThePast.title})
    if category_code is not None and not queries.category_exists(category_code):
        raise CategoryUnknown(fields={"category_code": CategoryUnknown.title})
    _end_the_one_before(category_code, valid_from)
    rate_id = db.session.scalar(
        insert(FeeRate)
        .values(
            id=new_id(),
            category_code=category_code,
            rate_bp=rate_bp,
            valid_from=valid_from,
            valid_to=valid_to,
            document=document,
            set_by=actor.account_id,
            set_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(FeeRate.id)
    )
    if rate_id is None:
        raise FeeRateOverlaps
    audit.record(
        "fee_rate.set", "fee_rate", rate_id, actor=actor,
        after={"category_code": category_code, "rate_bp": rate_bp,
               "valid_from": valid_from.isoformat()},
    )  # fmt: skip
    return db.session.get_one(FeeRate, rate_id)


def _end_the_one_before(category_code: str | None, day: date) -> None:
    db.session.execute(
        update(FeeRate)
        .where(
            FeeRate.category_code.is_not_distinct_from(category_code),
            FeeRate.valid_to.is_(None),
            FeeRate.valid_from < day,
        )
        .values(valid_to=day)
    )
