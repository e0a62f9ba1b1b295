"""The ways in which an order is not called off."""

from marketplace.errors import Conflict, Unprocessable
from marketplace.language import Text


class OrderNotCancellable(Conflict):
    """Nothing of the order waits to be shipped any more, or it was never paid."""

    title = Text("订单当前不能取消", "The order cannot be called off now")


class CancellationPending(Conflict):
    """The buyer asked to call the order off; that comes first."""

    title = Text(
        "买家已申请取消订单，请先答复", "The buyer asked to call the order off; answer that first"
    )


class CancellationNotAsked(Conflict):
    """Nobody asks to call the order off, or it was answered already."""

    title = Text("没有待答复的取消申请", "No request to call the order off is open")


class ReasonNotYours(Unprocessable):
    """A reason that belongs to the other side."""

    title = Text("请选择取消原因", "Choose a reason")

    def __init__(self) -> None:
        super().__init__(fields={"reason": self.title})
