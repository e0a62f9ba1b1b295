"""The ways in which reconciling can fail."""

from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.language import Text


class ChannelUnknown(Unprocessable):
    title = Text(
        "没有这个渠道，或其中还没有任何往来", "There is no such channel, or nothing on it yet"
    )


class DayNotOver(Unprocessable):
    title = Text(
        "这一天还没有结束，请核对昨天及以前的日期", "This day is not over; choose an earlier one"
    )


class ReconciliationRunNotFound(NotFound):
    title = Text("没有这次核对", "There is no such run")


class DifferenceNotFound(NotFound):
    title = Text("没有这项差异", "There is no such difference")


class DifferenceNotOpen(Conflict):
    title = Text("这项差异已经结案或自行消除", "This difference is closed or has settled by itself")


class DifferenceChanged(Conflict):
    title = Text(
        "这项差异在您查看之后有变化，请看过再结案",
        "This difference has changed since you saw it; look at it again",
    )


class NotMatchable(Conflict):
    title = Text(
        "这笔流水不是支出，或没有匹配过", "This entry is no payment out, or is not matched"
    )


class AlreadyMatched(Conflict):
    title = Text("这笔支出已经匹配", "This payment out is matched already")


class PaymentOutUnknown(Unprocessable):
    title = Text(
        "没有这笔付款，或金额不同、已与其他流水匹配",
        "There is no such payment, or it has another amount or entry",
    )
