"""Use cases of coupons: issue, stop, claim, use in a purchase, and give back when it comes to nothing."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import orjson
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id, new_number
from marketplace.statements import Part, count_of
from orders.coupons import queries
from orders.coupons.errors import (
    CouponCooperativeUnknown,
    CouponLimitReached,
    CouponNotClaimable,
    CouponNotHeld,
    CouponProductsUnknown,
    CouponsGone,
    CouponStopped,
)
from orders.coupons.models import Coupon, CouponHolding, CouponProduct, HoldingState, Party
from partners.cooperatives.queries import find_names

NUMBER_PREFIX = "YH"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a coupon is worth, when, for how many, and on which goods (none named: on all)."""

    name: str
    amount_off_fen: int
    from_fen: int
    total_limit: int
    per_account_limit: int
    valid_from_at: datetime
    valid_until_at: datetime
    product_ids: Sequence[uuid.UUID] = ()


def issue_for_cooperative(actor: Actor, cooperative_id: uuid.UUID, terms: Terms) -> Coupon:
    """Issue a cooperative's coupon for its own goods, at its own cost."""
    return _issue(
        actor,
        terms,
        issuer=Party.COOPERATIVE,
        bearer=Party.COOPERATIVE,
        cooperative_id=cooperative_id,
    )


def issue_for_platform(
    actor: Actor,
    terms: Terms,
    *,
    bearer: Party = Party.PLATFORM,
    cooperative_id: uuid.UUID | None = None,
    document: str | None = None,
) -> Coupon:
    """Issue a coupon of the platform, for all goods or one cooperative's.

    A cooperative bears its cost only for its own goods, and by a document in which it agrees.
    Raises CouponCooperativeUnknown, CouponProductsUnknown.
    """
    if bearer is Party.COOPERATIVE and (cooperative_id is None or not document):
        raise CouponCooperativeUnknown
    if cooperative_id is not None and cooperative_id not in find_names([cooperative_id]):
        raise CouponCooperativeUnknown
    return _issue(
        actor,
        terms,
        issuer=Party.PLATFORM,
        bearer=bearer,
        cooperative_id=cooperative_id,
        document=document,
    )


def _issue(
    actor: Actor,
    terms: Terms,
    *,
    issuer: Party,
    bearer: Party,
    cooperative_id: uuid.UUID | None,
    document: str | None = None,
) -> Coupon:
    products = sorted(set(terms.product_ids))
    if len(products) != queries.count_products(products, cooperative_id):
        raise CouponProductsUnknown
    coupon = Coupon(
        id=new_id(),
        coupon_no=new_number(NUMBER_PREFIX),
        issuer=issuer,
        bearer=bearer,
        cooperative_id=cooperative_id,
        is_for_products=bool(products),
        name=terms.name,
        amount_off_fen=terms.amount_off_fen,
        from_fen=terms.from_fen,
        total_limit=terms.total_limit,
        per_account_limit=terms.per_account_limit,
        claimed=0,
        valid_from_at=terms.valid_from_at,
        valid_until_at=terms.valid_until_at,
        document=document,
        issued_by=actor.account_id,
        issued_at=clock.now(),
    )
    db.session.add(coupon)
    db.session.flush()
    db.session.add_all(
        CouponProduct(id=new_id(), coupon_id=coupon.id, product_id=product_id)
        for product_id in products
    )
    db.session.flush()
    _record_issue(actor, coupon)
    return coupon


def _record_issue(actor: Actor, coupon: Coupon) -> None:
    audit.record(
        "coupon.issued",
        "coupon",
        coupon.id,
        actor=actor,
        after={
            "issuer": str(coupon.issuer),
            "bearer": str(coupon.bearer),
            "cooperative_id": str(coupon.cooperative_id) if coupon.cooperative_id else None,
            "amount_off_fen": coupon.amount_off_fen,
            "from_fen": coupon.from_fen,
            "total_limit": coupon.total_limit,
            "document": coupon.document,
        },
    )


def stop_coupon(actor: Actor, coupon: Coupon) -> None:
    """Give out no more of a locked coupon; what is held stays good. Raises CouponStopped."""
    if coupon.stopped_at is not None:
        raise CouponStopped
    coupon.stopped_at = clock.now()
    db.session.flush()
    audit.record(
        "coupon.stopped", "coupon", coupon.id, actor=actor, after={"claimed": coupon.claimed}
    )


def claim_coupon(account_id: uuid.UUID, coupon_id: uuid.UUID) -> CouponHolding:
    """Take one of a coupon into an account's hands.

    The guarded update holds the coupon's row until the end of the transaction, so claims of one
    coupon follow each other: neither limit can be passed, however many claim at once. Raises
    CouponNotFound, CouponNotClaimable, CouponsGone, CouponLimitReached.
    """
    taken = db.session.scalar(
        update(Coupon)
        .where(Coupon.id == coupon_id, queries.is_claimable())
        .values(claimed=Coupon.claimed + 1)
        .returning(Coupon.per_account_limit)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        raise _why_not_claimed(coupon_id)
    held = select(func.count()).where(
        CouponHolding.account_id == account_id, CouponHolding.coupon_id == coupon_id
    )
    turn = (db.session.scalar(held) or 0) + 1
    if turn > taken:
        raise CouponLimitReached
    holding_id = db.session.scalar(
        insert(CouponHolding)
        .values(
            id=new_id(),
            account_id=account_id,
            coupon_id=coupon_id,
            turn=turn,
            state=HoldingState.HELD,
            claimed_at=clock.now(),
        )
        .returning(CouponHolding.id)
    )
    return db.session.get_one(CouponHolding, holding_id)


def _why_not_claimed(coupon_id: uuid.UUID) -> Exception:
    coupon = queries.get_coupon(coupon_id)
    if coupon.claimed >= coupon.total_limit:
        return CouponsGone()
    return CouponNotClaimable()


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a held coupon takes off one order."""

    holding_id: uuid.UUID
    coupon_id: uuid.UUID
    bearer: Party
    cooperative_id: uuid.UUID
    order_id: uuid.UUID
    discount_fen: int


def use_coupons(
    account_id: uuid.UUID, trade_id: uuid.UUID, holding_ids: Collection[uuid.UUID]
) -> None:
    """Spend held coupons on a trade that is being placed; nothing is sent without any.

    The quote has locked them; the guard holds even without that. Raises CouponNotHeld, after which
    the transaction must be rolled back, for one that is used.
    """
    if not holding_ids:
        return
    used = db.session.execute(
        update(CouponHolding)
        .where(
            CouponHolding.account_id == account_id,
            CouponHolding.id.in_(holding_ids),
            CouponHolding.state == HoldingState.HELD,
        )
        .values(state=HoldingState.USED, trade_id=trade_id, used_at=clock.now())
        .returning(CouponHolding.id)
        .execution_options(synchronize_session=False)
    ).all()
    if len(used) != len(holding_ids):
        raise CouponNotHeld


_NOTED = """
coupon_uses_noted AS (
    INSERT INTO coupon_uses (id, cooperative_id, order_id, trade_id, account_id, holding_id,
        coupon_id, bearer, discount_fen)
    SELECT id, cooperative_id, order_id, trade_id, account_id, holding_id, coupon_id, bearer,
        discount_fen
    FROM jsonb_populate_recordset(NULL::coupon_uses, CAST(%(coupon_uses)s AS jsonb))
    RETURNING id
)"""


def noting_uses(account_id: uuid.UUID, trade_id: uuid.UUID, uses: Sequence[Use]) -> Part:
    """Return the writing of what coupons take off, to be sent with the orders that they are about."""
    rows = [
        {"id": new_id(), "account_id": account_id, "trade_id": trade_id, **asdict(use)}
        for use in uses
    ]
    values = {"coupon_uses": orjson.dumps(rows).decode()}
    return Part(_NOTED, values, count_of("coupon_uses_noted"))


def return_coupons(trade_id: uuid.UUID) -> int:
    """Give back what a trade that came to nothing had used; safe to repeat, returns how many."""
    given_back = db.session.execute(
        update(CouponHolding)
        .where(CouponHolding.trade_id == trade_id, CouponHolding.state == HoldingState.USED)
        .values(state=HoldingState.HELD, trade_id=None, used_at=None)
        .returning(CouponHolding.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(given_back)
