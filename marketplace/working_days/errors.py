"""The ways in which entering working days can fail."""

from marketplace.errors import Unprocessable
from marketplace.language import Text


class DaysInReverse(Unprocessable):
    title = Text("最后一天不能早于第一天", "The last day must not be before the first")


class SpanTooLong(Unprocessable):
    title = Text("一次最多录入 15 天", "At most 15 days at once")
