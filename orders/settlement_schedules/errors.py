"""How setting a rhythm can fail."""

from marketplace.errors import Unprocessable
from marketplace.language import Text


class ScheduleInThePast(Unprocessable):
    title = Text("结算周期不能从过去的日期起执行", "A rhythm cannot begin on a day that is over")
