"""The ways in which a book of invoice titles refuses."""

from marketplace.errors import NotFound
from marketplace.language import Text
from orders.shared_books.models import BookFull, UnitNotYours


class InvoiceTitleNotFound(NotFound):
    """No such title, or it stands in somebody else's book."""

    title = Text("没有找到这个发票抬头", "There is no such invoice title")


class InvoiceTitleBookFull(BookFull):
    """A book holds a bounded number of titles."""

    title = Text("发票抬头最多存 {most} 个", "A book holds at most {most} invoice titles")


class InvoiceTitleUnitNotYours(UnitNotYours):
    """The caller does not buy for this unit."""

    title = Text("您不是该单位的采购员", "You do not buy for this unit")
