"""The ways a change of credits can fail."""

from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.language import Text


class SaleNotCredited(NotFound):
    """A sale was to be confirmed, reversed or held that was never judged."""

    title = Text("没有找到这笔成交的计入记录", "This sale has no record of what it counts for")


class ReturnExceedsSale(Conflict):
    title = Text("退货金额超过成交金额", "More is returned than was sold")


class SaleNotHeld(Conflict):
    title = Text("这笔成交没有暂缓", "This sale is not held")


class SaleIsHeld(Conflict):
    title = Text("这笔成交已经暂缓", "This sale is held already")


class NoTieToSettle(Conflict):
    title = Text("这笔成交没有待确定的结对", "No choice between pairings is open for this sale")


class PairingNotAmongTied(Unprocessable):
    title = Text("所选结对不在可选范围内", "The chosen pairing is not one of those that tie")


class AttributionWrong(Unprocessable):
    title = Text("所属单位或地区不正确", "The unit or region is not valid")


class YearNotOver(Conflict):
    title = Text("该年度尚有未结转的日期，不能锁定", "The year has days that are not folded yet")


class YearAlreadyLocked(Conflict):
    title = Text("该年度已锁定", "The year is locked already")


class RuleOverlaps(Conflict):
    title = Text(
        "同一时期已有生效的口径", "A rule of this scheme is in force in that period already"
    )


class RuleEndsBeforeItBegins(Unprocessable):
    title = Text("失效日期早于生效日期", "The rule would end before it begins")
