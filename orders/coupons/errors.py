"""The ways in which coupons refuse."""

from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.language import Text


class CouponNotFound(NotFound):
    title = Text("没有这种优惠券", "There is no such coupon")


class CouponNotHeld(Unprocessable):
    """The account holds no such coupon, whoever else may."""

    title = Text("您没有这张优惠券", "You hold no such coupon")

    def __init__(self) -> None:
        super().__init__(fields={"coupon_ids": self.title})


class CouponsGone(Conflict):
    title = Text("优惠券已经领完了", "The coupons are all gone")


class CouponNotClaimable(Conflict):
    title = Text("这种优惠券现在不能领取", "This coupon cannot be claimed now")


class CouponLimitReached(Conflict):
    title = Text("您已经领满了这种优惠券", "You already have as many as one may claim")


class CouponProductsUnknown(Unprocessable):
    title = Text("所选商品不存在或不属于该合作社", "A product is unknown or another cooperative's")

    def __init__(self) -> None:
        super().__init__(fields={"product_ids": self.title})


class CouponCooperativeUnknown(Unprocessable):
    title = Text("没有这个合作社", "There is no such cooperative")

    def __init__(self) -> None:
        super().__init__(fields={"cooperative_id": self.title})


class CouponStopped(Conflict):
    title = Text("这种优惠券已经停发", "This coupon is stopped already")
