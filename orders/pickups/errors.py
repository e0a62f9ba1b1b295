"""The ways in which arrival, collection and choosing a point refuse."""

from datetime import datetime

from marketplace.clock import SHANGHAI
from marketplace.errors import Conflict, NotFound, TooManyRequests, Unprocessable
from marketplace.language import Text


class PickupNotFound(NotFound):
    """No such pick-up, or not one the caller may see."""

    title = Text("没有找到这件自提货物", "No such pick-up")


class PickupStateForbids(Conflict):
    """The pick-up stands where this move does not start."""

    title = Text("货物当前状态不能进行此操作", "The pick-up's state does not allow this")


class NothingSentYet(Conflict):
    """No parcel of it is on its way, so none can have arrived."""

    title = Text(
        "合作社还没有发出包裹，没有可以登记到站的",
        "The cooperative has sent no parcel yet, so none can be here",
    )


class ParcelNotFound(NotFound):
    """The pick-up has no such parcel."""

    title = Text("这一单没有这个包裹", "The pick-up has no such parcel")


class PickupCodeWrong(Unprocessable):
    """The code is not this order's."""

    title = Text(
        "取货码不对，请买家打开订单页核对", "The code is wrong; the buyer finds it on the order"
    )

    def __init__(self, left: int) -> None:
        detail = Text("还可以再试 {left} 次", "{left} more tries").format(left=left)
        super().__init__(detail, fields={"code": self.title})


class TooManyCodes(TooManyRequests):
    """Too many wrong codes for this order, one after the other."""

    title = Text("取货码输错次数太多", "Too many wrong codes")

    def __init__(self, again_at: datetime) -> None:
        moment = again_at.astimezone(SHANGHAI).strftime("%H:%M")
        super().__init__(
            Text("{moment} 以后再试", "Try again after {moment}").format(moment=moment),
            again_at=again_at.isoformat(),
        )
