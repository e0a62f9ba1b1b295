"""The ways in which a table of waybills is refused as a whole."""

from marketplace.errors import Unprocessable
from marketplace.language import Text


class WaybillTableMissing(Unprocessable):
    """Neither a file nor pasted rows."""

    title = Text("请粘贴运单，或选择文件", "Paste waybills, or choose a file")

    def __init__(self) -> None:
        super().__init__(fields={"file": self.title})


class WaybillTableTooLong(Unprocessable):
    """More rows than are done at once."""

    title = Text("一次最多 {most} 行，请分几次", "At most {most} rows at once")

    def __init__(self, most: int) -> None:
        super().__init__(self.title.format(most=most))
