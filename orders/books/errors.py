"""The ways in which reading the books can fail."""

from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.language import Text


class AccountUnknown(NotFound):
    title = Text("科目表里没有这个科目", "There is no such account")


class JournalEntryUnknown(NotFound):
    title = Text("没有这笔分录", "There is no such journal entry")


class JournalExportUnknown(NotFound):
    title = Text("没有这份账簿导出", "There is no such export of the books")


class OwnerRequired(Unprocessable):
    title = Text(
        "这个科目按往来单位分户，请指明一户",
        "This account is kept apart by owner; name the owner",
    )


class OwnerNotKept(Unprocessable):
    title = Text("这个科目不按往来单位分户", "This account is not kept apart by owner")


class PeriodBackwards(Unprocessable):
    title = Text("截止日期早于起始日期", "The period ends before it begins")


class PeriodNotOver(Unprocessable):
    title = Text(
        "只能导出已经过完的日子，截止日期最晚是昨天",
        "Only days that are over can be exported: yesterday at the latest",
    )


class MomentAmbiguous(Unprocessable):
    title = Text("日期和时刻只能给一个", "Give either a day or a moment, not both")


class JournalExportNotReady(Conflict):
    title = Text("账簿还在生成，请稍候", "The books are still being written; please wait")
