"""Every select on coupons; what may be claimed is public, what is held is its account's."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true

from marketplace import clock, cursors
from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.coupons.errors import CouponNotFound
from orders.coupons.models import (
    Coupon,
    CouponHolding,
    CouponProduct,
    CouponUse,
    HoldingState,
    Party,
)
from partners.cooperatives.models import Cooperative
from partners.cooperatives.queries import find_names, is_admitted
from products.catalogue.models import ListingState, Product

LIST_ORDER: cursors.Keys = [(Coupon.id, "desc")]
HOLDING_ORDER: cursors.Keys = [(CouponHolding.id, "desc")]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCoupon:
    """A coupon in an account's hands, with all that pricing asks about it."""

    holding_id: uuid.UUID
    coupon_id: uuid.UUID
    name: str
    issuer: Party
    bearer: Party
    cooperative_id: uuid.UUID | None
    product_ids: frozenset[uuid.UUID] | None
    amount_off_fen: int
    from_fen: int
    valid_from_at: datetime
    valid_until_at: datetime
    is_used: bool

    @property
    def is_expired(self) -> bool:
        return clock.now() >= self.valid_until_at


def _held(account_id: uuid.UUID) -> Select[CouponHolding, Coupon, list[uuid.UUID]]:
    products = (
        select(func.array_agg(CouponProduct.product_id))
        .where(CouponProduct.coupon_id == Coupon.id)
        .scalar_subquery()
    )
    return (
        select(CouponHolding, Coupon, products)
        .join(Coupon, Coupon.id == CouponHolding.coupon_id)
        .where(CouponHolding.account_id == account_id)
        .execution_options(populate_existing=True)
    )


def list_held(
    account_id: uuid.UUID,
    holding_ids: Collection[uuid.UUID] | None = None,
    *,
    is_locked: bool = False,
) -> list[HeldCoupon]:
    """Return the coupons that an account holds by id; without ids, those it could use today.

    ``is_locked``: held until the transaction ends, in id order, as they stand after any wait.
    """
    statement = _held(account_id)
    if holding_ids is not None:
        statement = statement.where(CouponHolding.id.in_(holding_ids)).order_by(CouponHolding.id)
    else:
        statement = statement.where(
            CouponHolding.state == HoldingState.HELD, Coupon.valid_until_at > clock.now()
        ).order_by(Coupon.valid_until_at, CouponHolding.id)
    if is_locked:
        statement = statement.with_for_update(of=CouponHolding, key_share=True)
    return [
        HeldCoupon(
            holding_id=holding.id,
            coupon_id=coupon.id,
            name=coupon.name,
            issuer=coupon.issuer,
            bearer=coupon.bearer,
            cooperative_id=coupon.cooperative_id,
            product_ids=frozenset(products) if coupon.is_for_products else None,
            amount_off_fen=coupon.amount_off_fen,
            from_fen=coupon.from_fen,
            valid_from_at=coupon.valid_from_at,
            valid_until_at=coupon.valid_until_at,
            is_used=holding.state is HoldingState.USED,
        )
        for holding, coupon, products in db.session.execute(statement)
    ]


@dataclass(frozen=True, slots=True)
class SeenHolding:
    """A holding beside its coupon, as its account sees it."""

    holding: CouponHolding
    coupon: Coupon

    @property
    def standing(self) -> str:
        if self.holding.state is HoldingState.USED:
            return "used"
        return "expired" if clock.now() >= self.coupon.valid_until_at else "held"


def holdings_visible_to(actor: Actor) -> Select[CouponHolding]:
    """Select what the actor's own account holds and held."""
    return select(CouponHolding).where(CouponHolding.account_id == actor.account_id)


def with_coupons(holdings: Sequence[CouponHolding]) -> list[SeenHolding]:
    """Return holdings with their coupons, in one select."""
    ids = {holding.coupon_id for holding in holdings}
    found = {one.id: one for one in db.session.scalars(select(Coupon).where(Coupon.id.in_(ids)))}
    return [SeenHolding(holding, found[holding.coupon_id]) for holding in holdings]


def is_claimable() -> ColumnElement[bool]:
    """Return the condition that a coupon is given out now."""
    return and_(
        Coupon.stopped_at.is_(None),
        Coupon.valid_until_at > clock.now(),
        Coupon.claimed < Coupon.total_limit,
    )


def select_claimable(
    cooperative_id: uuid.UUID | None = None, product_id: uuid.UUID | None = None
) -> Select[Coupon]:
    """Select what anybody may claim, narrowed to what helps to buy of a cooperative or a product."""
    statement = select(Coupon).where(is_claimable())
    if product_id is not None:
        owner = select(Product.cooperative_id).where(Product.id == product_id).scalar_subquery()
        named = select(CouponProduct.coupon_id).where(CouponProduct.product_id == product_id)
        statement = statement.where(
            or_(Coupon.cooperative_id.is_(None), Coupon.cooperative_id == owner),
            or_(Coupon.is_for_products.is_(False), Coupon.id.in_(named)),
        )
    if cooperative_id is not None:
        statement = statement.where(
            or_(Coupon.cooperative_id.is_(None), Coupon.cooperative_id == cooperative_id)
        )
    return statement


def count_held(account_id: uuid.UUID, coupon_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Count what an account has claimed of each coupon."""
    counted = (
        select(CouponHolding.coupon_id, func.count().label("counted"))
        .where(CouponHolding.account_id == account_id, CouponHolding.coupon_id.in_(coupon_ids))
        .group_by(CouponHolding.coupon_id)
    )
    return {row.coupon_id: row.counted for row in db.session.execute(counted)}


def issued_by_cooperatives(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """Return which coupons of cooperatives the actor may see or stop."""
    mine = actor.scopes(permission, ScopeKind.COOPERATIVE)
    return and_(Coupon.issuer == Party.COOPERATIVE, Coupon.cooperative_id.in_(mine))


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return whose coupons' figures the actor may read: the own cooperatives', or everybody's."""
    if actor.is_platform(Permission.COUPON_READ):
        return true()
    mine = actor.scopes(Permission.COUPON_READ, ScopeKind.COOPERATIVE)
    return Coupon.cooperative_id.in_(mine)


def manageable_by(actor: Actor) -> ColumnElement[bool]:
    """Return which coupons the actor may stop: those of the own cooperatives, or the platform's."""
    own = issued_by_cooperatives(actor, Permission.COUPON_ISSUE)
    if actor.is_platform(Permission.COUPON_ISSUE):
        return or_(own, Coupon.issuer == Party.PLATFORM)
    return own


def list_issuers(actor: Actor) -> dict[uuid.UUID, str]:
    """Return the cooperatives for which the actor issues coupons, by id, with their names."""
    return find_names(actor.scopes(Permission.COUPON_ISSUE, ScopeKind.COOPERATIVE))


def select_issued(seen: ColumnElement[bool], cooperative_id: uuid.UUID | None) -> Select[Coupon]:
    """Select issues among those in a row filter: a cooperative's, or the platform's own."""
    if cooperative_id is None:
        return select(Coupon).where(seen, Coupon.issuer == Party.PLATFORM)
    return select(Coupon).where(seen, Coupon.cooperative_id == cooperative_id)


def lock_coupon(coupon_id: uuid.UUID, seen: ColumnElement[bool]) -> Coupon:
    """Return a coupon among those in a row filter, locked; raises CouponNotFound."""
    statement = select(Coupon).where(Coupon.id == coupon_id, seen).with_for_update()
    found = db.session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise CouponNotFound
    return found


def get_coupon(coupon_id: uuid.UUID) -> Coupon:
    """Return a coupon; that it exists is public. Raises CouponNotFound."""
    found = db.session.get(Coupon, coupon_id, populate_existing=True)
    if found is None:
        raise CouponNotFound
    return found


@dataclass(frozen=True, slots=True)
class IssuedCoupon:
    """A coupon with what became of it: how many are used, and what they took off paid orders."""

    coupon: Coupon
    used: int
    discount_fen: int
    cooperative_name: str | None


def with_figures(coupons: Sequence[Coupon]) -> list[IssuedCoupon]:
    """Return coupons with their figures, in three selects for any number."""
    ids = [coupon.id for coupon in coupons]
    used = (
        select(CouponHolding.coupon_id, func.count().label("used"))
        .where(CouponHolding.coupon_id.in_(ids), CouponHolding.state == HoldingState.USED)
        .group_by(CouponHolding.coupon_id)
    )
    counted = {row.coupon_id: row.used for row in db.session.execute(used)}
    # A use whose coupon went back with its trade cost nothing.
    stands = and_(
        CouponHolding.account_id == CouponUse.account_id,
        CouponHolding.id == CouponUse.holding_id,
        CouponHolding.trade_id == CouponUse.trade_id,
    )
    spent = (
        select(CouponUse.coupon_id, func.sum(CouponUse.discount_fen).label("spent"))
        .join(CouponHolding, stands)
        .where(CouponUse.coupon_id.in_(ids))
        .group_by(CouponUse.coupon_id)
    )
    sums = {row.coupon_id: int(row.spent) for row in db.session.execute(spent)}
    names = find_names({one.cooperative_id for one in coupons if one.cooperative_id is not None})
    return [
        IssuedCoupon(
            one,
            counted.get(one.id, 0),
            sums.get(one.id, 0),
            names.get(one.cooperative_id) if one.cooperative_id else None,
        )
        for one in coupons
    ]


def count_products(product_ids: Collection[uuid.UUID], cooperative_id: uuid.UUID | None) -> int:
    """Count the products that exist among some ids: of a cooperative, or of any."""
    statement = select(func.count()).select_from(Product).where(Product.id.in_(product_ids))
    if cooperative_id is not None:
        statement = statement.where(Product.cooperative_id == cooperative_id)
    return db.session.scalar(statement) or 0


def list_products_to_choose(
    cooperative_ids: Collection[uuid.UUID], limit: int = 200
) -> list[tuple[uuid.UUID, str]]:
    """Return products on offer by name, to scope a coupon to."""
    statement = (
        select(Product.id, Product.name)
        .where(Product.cooperative_id.in_(cooperative_ids), Product.state == ListingState.LISTED)
        .order_by(Product.name_key, Product.id)
        .limit(limit)
    )
    return [(row.id, row.name) for row in db.session.execute(statement)]


def select_coupons(seen: ColumnElement[bool]) -> Select[Coupon]:
    """Select the coupons in a row filter."""
    return select(Coupon).where(seen)


def list_cooperatives_on_sale(limit: int = 500) -> list[tuple[uuid.UUID, str]]:
    """Return the admitted cooperatives by name, to issue a coupon for the goods of one."""
    statement = (
        select(Cooperative.id, Cooperative.name)
        .where(is_admitted())
        .order_by(Cooperative.name, Cooperative.id)
        .limit(limit)
    )
    return [(row.id, row.name) for row in db.session.execute(statement)]
