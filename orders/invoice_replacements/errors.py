"""The ways in which a wish for a new invoice is refused."""

from marketplace.errors import Conflict, Unprocessable
from marketplace.language import Text


class NoReplacementAsked(Conflict):
    title = Text(
        "这张发票没有待处理的换开申请", "Nobody asked for this invoice to be made out anew"
    )


class ReplacementAskedAlready(Conflict):
    title = Text(
        "已申请换开，请等合作社答复", "It was asked for already; the cooperative will answer"
    )


class ReplacementChangesNothing(Conflict):
    """The same title and the same type: the new invoice would be the old one."""

    title = Text(
        "新抬头和类型与原发票相同，无需换开",
        "Title and type are those of the invoice that stands",
    )


class ReplacementStateForbids(Conflict):
    title = Text("换开申请已答复", "The wish was answered already")


class TitleNotInBook(Unprocessable):
    title = Text("请选择抬头簿中的抬头", "Choose a title of your book")

    def __init__(self) -> None:
        super().__init__(fields={"title_id": self.title})
