"""Coupons as tests need them: 10 yuan off 100, valid from yesterday for a month."""

import uuid
from datetime import timedelta
from typing import Any

from marketplace import clock
from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.coupons.models import Coupon, Party
from orders.coupons.service import Terms, claim_coupon, issue_for_cooperative, issue_for_platform
from tests.factories.identity import actor_of, make_account
from tests.factories.orders import Seller


def terms(**facts: Any) -> Terms:
    """Return what a coupon is worth."""
    now = clock.now()
    usual: dict[str, Any] = {
        "name": "满 100 减 10",
        "amount_off_fen": 1000,
        "from_fen": 10_000,
        "total_limit": 100,
        "per_account_limit": 1,
        "valid_from_at": now - timedelta(days=1),
        "valid_until_at": now + timedelta(days=30),
    }
    return Terms(**(usual | facts))


def make_platform_coupon(
    *,
    bearer: Party = Party.PLATFORM,
    cooperative_id: uuid.UUID | None = None,
    document: str | None = None,
    **facts: Any,
) -> Coupon:
    """Issue a coupon of the platform."""
    admin = actor_of(make_account(role=Role.PLATFORM_ADMIN))
    return issue_for_platform(
        admin, terms(**facts), bearer=bearer, cooperative_id=cooperative_id, document=document
    )


def make_sellers_coupon(seller: Seller, **facts: Any) -> Coupon:
    """Issue a coupon of a seller for its own goods."""
    return issue_for_cooperative(seller.actor, seller.id, terms(**facts))


def claim(account: Account, coupon: Coupon) -> uuid.UUID:
    """Have an account claim a coupon; return the holding's id."""
    return claim_coupon(account.id, coupon.id).id
