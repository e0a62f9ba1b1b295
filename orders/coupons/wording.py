"""Coupons in words."""

from marketplace.language import Text
from marketplace.money import yuan
from orders.coupons.models import Coupon, Party


def say_worth(from_fen: int, amount_off_fen: int) -> Text:
    """Say what a coupon is worth."""
    return Text("满 {limit} 元减 {off} 元", "{off} yuan off from {limit} yuan").format(
        limit=yuan(from_fen), off=yuan(amount_off_fen)
    )


def say_scope(coupon: Coupon, cooperative_name: str | None) -> Text:
    """Say on which goods a coupon may be used."""
    if coupon.is_for_products and cooperative_name:
        return Text("限{name}的指定商品", "Some goods of {name}").format(name=cooperative_name)
    if coupon.is_for_products:
        return Text("限指定商品", "Some goods only")
    if cooperative_name:
        return Text("限{name}的商品", "Goods of {name}").format(name=cooperative_name)
    return Text("全平台通用", "For all goods")


def say_cost(coupon: Coupon) -> Text:
    """Say who issued a coupon and who bears what it takes off."""
    if coupon.issuer is coupon.bearer:
        return Text("{who}发行并承担", "Issued and borne by {who}").format(who=coupon.issuer.label)
    assert coupon.bearer is Party.COOPERATIVE  # noqa: S101 - a constraint of the table
    return Text(
        "平台发行，合作社承担（{document}）",
        "The platform's, borne by the cooperative ({document})",
    ).format(document=coupon.document)
