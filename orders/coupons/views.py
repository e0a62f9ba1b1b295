"""The API of coupons: claim and hold them; issue, stop and follow them."""

import uuid
from typing import Any

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, ListQuerySchema, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission, ScopeKind
from orders.coupons import queries, service
from orders.coupons.errors import CouponNotFound
from orders.coupons.models import Coupon
from orders.coupons.queries import IssuedCoupon, SeenHolding
from orders.coupons.schemas import (
    ClaimableQuerySchema,
    CouponPageSchema,
    HoldingPageSchema,
    HoldingSchema,
    IssueCouponSchema,
    IssuedCouponPageSchema,
    IssuedCouponSchema,
    IssuePlatformCouponSchema,
)

blp = ApiBlueprint("coupons", __name__, url_prefix="/api/v1", description="优惠券 Coupons")


@blp.route("/coupons", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.arguments(ClaimableQuerySchema, location="query")
@blp.response(200, CouponPageSchema)
def list_claimable_coupons(query: dict[str, Any]) -> Page[Coupon]:
    """List the coupons that anybody may claim now, the newest first."""
    narrowed = {name: query.pop(name) for name in ("cooperative_id", "product_id")}
    return paginate(queries.select_claimable(**narrowed), queries.LIST_ORDER, **query)


@blp.route("/coupons/<uuid:offered_coupon_id>/claim", methods=["POST"])
@requires(Permission.COUPON_HOLD)
@idempotent
@blp.response(201, HoldingSchema)
def claim_coupon(offered_coupon_id: uuid.UUID) -> SeenHolding:
    """Take one of a coupon; 409 when none is left, or the caller has as many as one may claim."""
    with transaction():
        holding = service.claim_coupon(current_actor().account_id, offered_coupon_id)
        return queries.with_coupons([holding])[0]


@blp.route("/my-coupons", methods=["GET"])
@requires(Permission.COUPON_HOLD)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, HoldingPageSchema)
def list_my_coupons(query: dict[str, Any]) -> Page[SeenHolding]:
    """List the caller's coupons, used and expired ones too, the newest first."""
    page = paginate(queries.holdings_visible_to(current_actor()), queries.HOLDING_ORDER, **query)
    return Page(queries.with_coupons(page.items), page.next)


@blp.route("/cooperatives/<uuid:cooperative_id>/coupons", methods=["POST"])
@requires(Permission.COUPON_ISSUE)
@idempotent
@blp.arguments(IssueCouponSchema)
@blp.response(201, IssuedCouponSchema)
def issue_coupon(command: dict[str, Any], cooperative_id: uuid.UUID) -> IssuedCoupon:
    """Issue a cooperative's coupon for its own goods; it bears what it takes off."""
    actor = current_actor()
    if cooperative_id not in actor.scopes(Permission.COUPON_ISSUE, ScopeKind.COOPERATIVE):
        raise CouponNotFound
    with transaction():
        coupon = service.issue_for_cooperative(actor, cooperative_id, **command)
        return queries.with_figures([coupon])[0]


@blp.route("/cooperatives/<uuid:cooperative_id>/coupons", methods=["GET"])
@requires(Permission.COUPON_READ)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, IssuedCouponPageSchema)
def list_cooperative_coupons(
    query: dict[str, Any], cooperative_id: uuid.UUID
) -> Page[IssuedCoupon]:
    """List the coupons for a cooperative's goods with their figures, whoever issued them."""
    actor = current_actor()
    mine = actor.scopes(Permission.COUPON_READ, ScopeKind.COOPERATIVE)
    if not actor.is_platform(Permission.COUPON_READ) and cooperative_id not in mine:
        raise CouponNotFound
    issued = queries.select_issued(queries.visible_to(actor), cooperative_id)
    page = paginate(issued, queries.LIST_ORDER, **query)
    return Page(queries.with_figures(page.items), page.next)


@blp.route("/platform-coupons", methods=["POST"])
@requires(Permission.PLATFORM_COUPON_ISSUE)
@idempotent
@blp.arguments(IssuePlatformCouponSchema)
@blp.response(201, IssuedCouponSchema)
def issue_platform_coupon(command: dict[str, Any]) -> IssuedCoupon:
    """Issue a coupon of the platform, for all goods, one cooperative's, or some products."""
    with transaction():
        coupon = service.issue_for_platform(current_actor(), **command)
        return queries.with_figures([coupon])[0]


@blp.route("/platform-coupons", methods=["GET"])
@requires(Permission.COUPON_READ)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, IssuedCouponPageSchema)
def list_platform_coupons(query: dict[str, Any]) -> Page[IssuedCoupon]:
    """List the platform's coupons with their figures: all for finance, else those for one's goods."""
    issued = queries.select_issued(queries.visible_to(current_actor()), None)
    page = paginate(issued, queries.LIST_ORDER, **query)
    return Page(queries.with_figures(page.items), page.next)


@blp.route("/coupons/<uuid:coupon_id>/stop", methods=["POST"])
@requires(Permission.COUPON_ISSUE)
@blp.response(200, IssuedCouponSchema)
def stop_coupon(coupon_id: uuid.UUID) -> IssuedCoupon:
    """Give out no more of a coupon; what is held stays good."""
    actor = current_actor()
    with transaction():
        coupon = queries.lock_coupon(coupon_id, queries.manageable_by(actor))
        service.stop_coupon(actor, coupon)
        return queries.with_figures([coupon])[0]
