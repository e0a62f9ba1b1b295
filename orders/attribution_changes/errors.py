"""The ways in which changing an attribution can fail."""

from marketplace.errors import Conflict, Forbidden, NotFound, Unprocessable
from marketplace.language import Text


class ChangeNotFound(NotFound):
    title = Text("没有找到这份归属变更申请", "There is no such application")


class OrderDoesNotCount(Conflict):
    """No sale yet (not paid, or goods first and not accepted), or called off."""

    title = Text(
        "尚未成交或已取消的订单不能变更归属", "Only a sale, not called off, can count elsewhere"
    )


class ChangeUnderWay(Conflict):
    title = Text("已有一份申请在等待审核", "An application waits already")


class ChangeDecided(Conflict):
    title = Text("这份申请已经办结", "The application is decided already")


class AttributionUnchanged(Unprocessable):
    title = Text("新的归属与现在相同", "It counts for that already")


class ChoiceWrong(Unprocessable):
    title = Text("请选择采购单位或地区其中之一", "Name either a buying unit or a region")


class DecidedByApplicant(Forbidden):
    title = Text("不能审核自己提交的申请", "Nobody decides on the own application")
