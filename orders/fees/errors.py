"""How setting a fee can fail."""

from marketplace.errors import Conflict, Unprocessable
from marketplace.language import Text


class FeeRateInThePast(Unprocessable):
    title = Text(
        "费率不能从过去的日期起执行", "A fee rate cannot begin on a day that is already over"
    )


class FeeRateOverlaps(Conflict):
    title = Text(
        "该类目在这段时间已经有费率", "This category already has a rate in part of this period"
    )


class CategoryUnknown(Unprocessable):
    title = Text("没有这个商品类目", "There is no such category")
