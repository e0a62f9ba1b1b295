"""The ways a recount can fail."""

from marketplace.errors import Conflict, Forbidden, NotFound, Unprocessable
from marketplace.language import Text


class RecountUnknown(NotFound):
    title = Text("没有找到该次重新计算", "There is no such recount")


class RecountNotProposed(Conflict):
    title = Text("该次重新计算已处理", "The recount has been dealt with already")


class RecountByOnePerson(Forbidden):
    title = Text("提出人不能批准自己的重新计算", "Whoever proposed a recount cannot approve it")


class RecountRangeBackwards(Unprocessable):
    title = Text("截止日期早于起始日期", "The range ends before it begins")
