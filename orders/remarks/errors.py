"""The ways in which a remark or a reminder is refused."""

from datetime import datetime

from marketplace.clock import SHANGHAI
from marketplace.errors import Conflict, TooManyRequests
from marketplace.language import Text


class NothingToShip(Conflict):
    """The order does not wait to be shipped."""

    title = Text("订单当前不在待发货状态", "The order does not wait to be shipped")


class RemindedRecently(TooManyRequests):
    """The cooperative was reminded a short while ago, or the order was paid a short while ago."""

    title = Text("请稍后再催发货", "Please wait before reminding the cooperative")

    def __init__(self, again_at: datetime) -> None:
        moment = again_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
        super().__init__(
            Text("{moment} 以后可以再催", "You can remind it after {moment}").format(moment=moment),
            again_at=again_at.isoformat(),
        )
