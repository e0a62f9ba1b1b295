"""How opening, changing or finding an outlet can fail."""

from datetime import date

from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.language import Text


class OutletUnknown(NotFound):
    """No outlet has this id, or it is not yours to manage."""

    title = Text("没有这个网点", "There is no such outlet")


class OutletClosed(Conflict):
    """The outlet is closed already."""

    title = Text("该网点已关闭", "This outlet is closed already")


class OutletClosesBeforeOpening(Unprocessable):
    """The last day lies before the first."""

    title = Text("网点关闭日期有误", "The closing day is not valid")

    def __init__(self, opened_on: date) -> None:
        super().__init__(
            fields={
                "closed_on": Text(
                    "关闭日期不能早于开业日期 {day}",
                    "The outlet opened on {day}; it cannot close before",
                ).format(day=opened_on.isoformat())
            }
        )
