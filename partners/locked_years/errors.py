"""The ways in which closing a year can fail, beside those of credits."""

from marketplace.errors import NotFound
from marketplace.language import Text


class YearNotYours(NotFound):
    """The region lies outside what the caller's office closes; a county does not close its own."""

    title = Text("没有找到该地区", "There is no such region")
