"""The ways asking for a report can fail."""

from marketplace.errors import NotFound
from marketplace.language import Text


class ReportUnknown(NotFound):
    """There is no such region, or the caller's office does not answer for it."""

    title = Text("没有找到该地区的任务进度", "There is no such report")
