"""The ways in which reading a unit's spending can fail."""

from marketplace.errors import NotFound
from marketplace.language import Text


class SpendingUnknown(NotFound):
    title = Text("没有这个采购单位的支出", "There is no such unit's spending")
