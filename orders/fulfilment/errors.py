"""The ways in which shipping and acceptance refuse."""

from marketplace.errors import Conflict, Unprocessable
from marketplace.language import Text


class WaybillAlreadyUsed(Conflict):
    """This order already has a parcel with this waybill."""

    title = Text("这个订单已登记过该运单号", "This order already has a parcel with this waybill")

    def __init__(self) -> None:
        super().__init__(fields={"waybill_no": self.title})


class ShipsMoreThanLeft(Unprocessable):
    """More pieces of a line than are still to be shipped."""

    title = Text("发货数量超过待发数量", "More pieces than are still to be shipped")

    def __init__(self, *, left: int) -> None:
        detail = Text("最多还可发 {left} 件", "At most {left} pieces are left to ship").format(
            left=left
        )
        super().__init__(detail, fields={"items": detail})


class LineNotInOrder(Unprocessable):
    """A line that is not one of this order's."""

    title = Text("订单中没有这一项商品", "The order has no such line")

    def __init__(self) -> None:
        super().__init__(fields={"items": self.title})


class RefundToAnswerFirst(Conflict):
    """The buyer asked for a refund of a line that is about to be shipped."""

    title = Text(
        "买家已申请退款，请先处理再发货", "The buyer asked for a refund; answer it before shipping"
    )


class OrderNotShipped(Conflict):
    """Not everything was shipped yet, so it cannot be accepted."""

    title = Text("商品尚未全部发出，不能确认收货", "Not everything has been shipped yet")
