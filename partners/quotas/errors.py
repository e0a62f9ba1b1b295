"""The ways setting a quota can fail."""

from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.language import Text


class QuotaUnknown(NotFound):
    title = Text("没有找到该任务", "There is no such quota")


class QuotaExists(Conflict):
    title = Text(
        "该对象本年度的任务已下达，请调整原任务",
        "This subject has a quota for the year already; revise it",
    )


class QuotaSubjectWrong(Unprocessable):
    """The subject does not fit the scheme."""

    title = Text("任务对象与口径不符", "The subject does not fit the scheme")


class RegionNotYours(NotFound):
    """The region lies outside what the caller's office answers for."""

    title = Text("没有找到该地区", "There is no such region")
