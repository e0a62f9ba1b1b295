"""The ways in which a refund is refused."""

from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.language import Text
from marketplace.money import yuan


class AftersalesCaseNotFound(NotFound):
    """No such case, or not one the caller may see."""

    title = Text("没有找到这条售后申请", "No such after-sales case")


class AftersalesStateForbids(Conflict):
    """The case was answered, withdrawn or finished already."""

    title = Text("售后申请当前状态不能进行此操作", "The case's state does not allow this")


class AftersalesWindowClosed(Conflict):
    """The days in which a buyer may apply are over, or the order was never paid."""

    title = Text("订单当前不能申请售后", "After-sales is not open for this order")


class OrderLineNotFound(Unprocessable):
    """The order has no such line."""

    title = Text("订单中没有这一项商品", "The order has no such line")

    def __init__(self) -> None:
        super().__init__(fields={"order_line_id": self.title})


class RefundEmpty(Unprocessable):
    """Neither pieces nor an amount."""

    title = Text("请填写退款数量或退款金额", "Say how many pieces or how much to refund")

    def __init__(self) -> None:
        super().__init__(fields={"quantity": self.title})


class RefundExceedsQuantity(Unprocessable):
    """More pieces than the line has left."""

    title = Text("退款数量超过可退数量", "More pieces than can still be refunded")
    DETAIL = Text("最多还可退 {left} 件", "At most {left} pieces can still be refunded")

    def __init__(self, *, left: int) -> None:
        detail = self.DETAIL.format(left=left)
        super().__init__(detail, fields={"quantity": detail}, refundable_quantity=left)


class RefundExceedsLine(Unprocessable):
    """More money than the line has left."""

    title = Text("退款金额超过可退金额", "More money than can still be refunded")

    def __init__(self, *, left: int) -> None:
        detail = Text("最多还可退 {left} 元", "At most {left} yuan can still be refunded").format(
            left=yuan(left)
        )
        super().__init__(detail, fields={"amount_fen": detail}, refundable_fen=left)


class RefundExceedsPieces(Unprocessable):
    """More money than the pieces named cost."""

    title = Text("退款金额超过这几件的货款", "More money than these pieces cost")

    def __init__(self, *, pieces: int, left: int) -> None:
        detail = Text(
            "退 {pieces} 件最多退 {left} 元；金额不填就按数量退",
            "{pieces} pieces bring at most {left} yuan; without an amount they bring just that",
        ).format(pieces=pieces, left=yuan(left))
        super().__init__(detail, fields={"amount_fen": detail}, refundable_fen=left)


class NothingLeftToClaim(Conflict):
    """All of the line was refunded or is in a case already."""

    title = Text("这项商品没有可以再申请的了", "Nothing of this line is left to ask for")

    def __init__(self) -> None:
        super().__init__(
            Text(
                "它已经退款，或者都在售后处理中；进度见订单页",
                "It was refunded, or all of it is in a case already; follow it on the order's page",
            )
        )


class PiecesNotNamed(Unprocessable):
    """Goods that are not wanted any more, without saying how many."""

    title = Text("不想要了的，请填写退几件", "Say how many pieces you do not want")

    def __init__(self) -> None:
        super().__init__(fields={"quantity": self.title})


class RefundExceedsShipped(Unprocessable):
    """More pieces to be returned than were shipped and not claimed otherwise."""

    title = Text("退货数量超过已收到的数量", "More pieces than were shipped")

    def __init__(self, *, left: int) -> None:
        detail = Text("最多可退 {left} 件", "At most {left} pieces can be returned").format(
            left=left
        )
        super().__init__(detail, fields={"quantity": detail}, returnable_quantity=left)


class ReturnClassForbids(Unprocessable):
    """These goods are not taken back without a fault, as was said before buying."""

    title = Text(
        "生鲜、定制等商品不支持无理由退换；如有质量问题，请选择对应的原因并上传照片",
        "Fresh and made-to-order goods are not taken back without a reason; if something is wrong"
        " with them, choose what it is and add photos",
    )

    def __init__(self) -> None:
        super().__init__(fields={"cause": self.title})


class GoodsMustComeBack(Unprocessable):
    """Money for shipped goods without a fault: the goods come back first."""

    title = Text(
        "商品已发出，不想要了请选“退货退款”",
        "The goods are shipped; if you do not want them, choose a return",
    )

    def __init__(self) -> None:
        super().__init__(fields={"kind": self.title})


class ReturnAddressMissing(Unprocessable):
    """A return is agreed to, but nobody said where the goods go."""

    title = Text("请先填写退货地址", "Say where the goods are to be sent")

    def __init__(self) -> None:
        super().__init__(fields={"return_to": self.title})


class NothingToIntercept(Conflict):
    """Nothing of the order is on its way, or all of it is in a case already."""

    title = Text("没有可以拦截的包裹", "Nothing is on its way that could be stopped")


class ParcelAtPoint(Conflict):
    """What was to be stopped waits at a pick-up point: not to fetch it is to refuse it."""

    title = Text(
        "货已到自提点，不用再拦截", "It waits at the pick-up point; nothing is to be stopped"
    )

    def __init__(self) -> None:
        super().__init__(
            Text(
                "不想要了，不去取即可：到时没有取走的，可退的商品退回合作社后退款，其余按已收货处理。"
                "也可以取走后申请退货。",
                "If you do not want it, do not collect it: what is not collected by then goes back and is"
                " refunded where it may be returned; the rest counts as received. Or collect it and ask"
                " for a return.",
            )
        )


class AmountNotDecided(Unprocessable):
    """The platform decided a refund of more than is asked for."""

    title = Text("裁定金额不能超过申请金额", "No more than what is asked for")

    def __init__(self) -> None:
        super().__init__(fields={"amount_fen": self.title})


class MoreBackThanSent(Unprocessable):
    """More goods said to have come back than this refund covers."""

    title = Text("退回入库数量超过本次退款数量", "More goods back than this refund covers")

    def __init__(self) -> None:
        super().__init__(fields={"put_back_quantity": self.title})
