"""How finding an office can fail."""

from marketplace.errors import NotFound
from marketplace.language import Text


class OfficeUnknown(NotFound):
    """No office has this id."""

    title = Text("没有这个对口办", "There is no such coordination office")
