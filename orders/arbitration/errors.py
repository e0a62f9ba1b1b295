"""The ways in which a decision is refused."""

from marketplace.errors import Conflict, Unprocessable
from marketplace.language import Text


class OwnCase(Conflict):
    """The buyer of a case does not decide it."""

    title = Text("不能裁定自己参与的售后", "Nobody decides a case of their own")


class NothingToReturn(Unprocessable):
    """A return was decided where no piece could come back."""

    title = Text("这笔售后没有可以退回的商品", "No piece of this case could come back")

    def __init__(self) -> None:
        super().__init__(fields={"outcome": self.title})
