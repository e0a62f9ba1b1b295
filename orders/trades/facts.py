"""From what was agreed to what is judged: the sale facts of an order line."""

from typing import Any
from uuid import UUID

from marketplace.identity.actor import Actor
from marketplace.permissions import ScopeKind
from partners.credits.facts import BUYER_IS_SELLER, UNIT_CLERK_IS_SELLER, ProductKind, SaleFacts

# Two columns of an order: does its buyer, or does a clerk of its unit, sell it too? Read as the
# order is paid, by index and without a statement of its own. Such a sale is made as usual; what
# it counts for is held until an office has decided.
ONE_PERSON_ON_BOTH_SIDES = """
    EXISTS (
        SELECT FROM memberships seller
        WHERE seller.scope_kind = 'cooperative' AND seller.scope_id = orders.cooperative_id
          AND seller.revoked_at IS NULL AND seller.account_id = orders.account_id
    ) AS buyer_is_seller,
    orders.buying_unit_id IS NOT NULL AND EXISTS (
        SELECT FROM memberships seller
        JOIN memberships clerk ON clerk.account_id = seller.account_id
        WHERE seller.scope_kind = 'cooperative' AND seller.scope_id = orders.cooperative_id
          AND seller.revoked_at IS NULL AND clerk.scope_kind = 'buying_unit'
          AND clerk.scope_id = orders.buying_unit_id AND clerk.revoked_at IS NULL
    ) AS unit_clerk_is_seller
"""


def sold_by(actor: Actor) -> frozenset[UUID]:
    """Return the cooperatives for which somebody sells."""
    return frozenset(
        grant.scope_id
        for grant in actor.grants
        if grant.scope_kind is ScopeKind.COOPERATIVE and grant.scope_id is not None
    )


def doubts(buyer_is_seller: bool, unit_clerk_is_seller: bool) -> tuple[str, ...]:
    """Return the flags of a sale in which one person may stand on both sides."""
    if buyer_is_seller:
        return (BUYER_IS_SELLER,)
    return (UNIT_CLERK_IS_SELLER,) if unit_clerk_is_seller else ()


def sale_facts(line: Any) -> SaleFacts:
    """Return the facts of a paid line; ``line`` carries the order's columns beside its own."""
    return SaleFacts(
        line_id=line.id,
        sale_on=line.sale_on,
        cooperative_id=line.cooperative_id,
        cooperative_name=line.cooperative_name,
        product_id=line.product_id,
        product_name=line.product_name,
        category=line.category_code,
        product_kind=ProductKind(line.product_kind),
        origin_code=line.origin_code,
        quantity=line.quantity,
        unit=line.unit,
        amount_fen=line.net_fen,
        freight_fen=line.freight_fen,
        buying_unit_id=line.buying_unit_id,
        buying_unit_name=line.buying_unit_name,
        buying_unit_kind=line.buying_unit_kind,
        buying_unit_is_budget=line.buying_unit_is_budget,
        attribution_code=line.attribution_code,
        channel=line.channel,
        outlet_id=line.outlet_id,
        certificate_no=line.certificate_no,
        certificate_valid_from=line.certificate_valid_from,
        certificate_valid_to=line.certificate_valid_to,
        certificate_state=line.certificate_state,
        is_food_or_farm=line.is_food_or_farm,
        flags=doubts(line.buyer_is_seller, line.unit_clerk_is_seller),
    )
