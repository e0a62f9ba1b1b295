"""The ways in which offers refuse."""

from marketplace.errors import Unprocessable
from marketplace.language import Text


class PriceStepsWrong(Unprocessable):
    """A bulk price that is no better than the price below it; ``fields`` says which."""

    title = Text("批量价填写有误", "The bulk prices are not right")


class LimitForOtherProduct(Unprocessable):
    title = Text("限购的规格不属于这个商品", "A limited spec is another product's")
