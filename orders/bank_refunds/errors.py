"""The ways in which paying back by the bank can fail."""

from marketplace.errors import Conflict, Forbidden, NotFound
from marketplace.language import Text


class RefundListNotFound(NotFound):
    title = Text("没有这份退款清单", "There is no such refund list")


class NothingToPayBack(Conflict):
    title = Text("没有等待银行退款的款项", "Nothing waits to be paid back by the bank")


class ListAlreadyDecided(Conflict):
    title = Text("这份退款清单已经处理过", "This refund list has been decided already")


class ListNotReleased(Conflict):
    title = Text(
        "退款清单须由另一位财务放行后才能下载和回填",
        "A refund list is taken to the bank once another officer has released it",
    )


class PayeeNotWanted(Conflict):
    title = Text(
        "只有银行退款失败的收款才能更正收款账户",
        "Another account is given only where the bank could not pay back",
    )


class PayeeSetByReleaser(Forbidden):
    title = Text(
        "清单里有您更正的收款账户，须由另一位财务放行",
        "You gave an account in this list; another officer releases it",
    )


class ListReleasedByItsMaker(Forbidden):
    title = Text(
        "退款清单须由另一位财务人员放行，您是制单人",
        "A refund list is released by another officer than the one who made it",
    )
