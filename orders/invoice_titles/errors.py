"""The ways in which a book of invoice titles refuses."""

from marketplace.errors import NotFound, Unprocessable
from marketplace.language import Text


class InvoiceTitleNotFound(NotFound):
    """No such title, or it stands in somebody else's book."""

    title = Text("没有找到这个发票抬头", "There is no such invoice title")


class InvoiceTitleBookFull(Unprocessable):
    """A book holds a bounded number of titles."""

    title = Text("发票抬头最多存 {most} 个", "A book holds at most {most} invoice titles")

    def __init__(self, most: int) -> None:
        super().__init__(self.title.format(most=most))


class InvoiceTitleUnitNotYours(Unprocessable):
    """The caller does not buy for this unit."""

    title = Text("您不是该单位的采购员", "You do not buy for this unit")

    def __init__(self) -> None:
        super().__init__(fields={"buying_unit_id": self.title})
