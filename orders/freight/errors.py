"""The ways in which freight templates refuse."""

from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.language import Text


class FreightTemplateNotFound(NotFound):
    title = Text("没有这个运费模板", "There is no such freight template")


class FreightTemplateNameTaken(Conflict):
    title = Text("已有同名的运费模板", "Another freight template has this name")

    def __init__(self) -> None:
        super().__init__(fields={"name": self.title})


class FreightTemplateInUse(Conflict):
    title = Text(
        "还有商品使用这个模板，请先改用其他模板", "Products use this template; move them first"
    )


class FreightZonesWrong(Unprocessable):
    """The zones do not make one answer for every place; ``fields`` says where."""

    title = Text("配送地区填写有误", "The delivery regions are not right")
