"""The ways in which a cart refuses."""

from marketplace.errors import NotFound, Unprocessable
from marketplace.language import Text


class CartLineNotFound(NotFound):
    """The cart has no such SKU."""

    title = Text("购物车里没有这件商品", "The cart has no such item")


class SkuNotSold(Unprocessable):
    """The SKU does not exist or is not listed."""

    title = Text("该商品不存在或已下架", "This item does not exist or is no longer sold")

    def __init__(self) -> None:
        super().__init__(fields={"sku_id": self.title})


class CartFull(Unprocessable):
    """A cart holds a bounded number of lines."""

    title = Text("购物车最多放 {most} 种商品", "A cart holds at most {most} different items")

    def __init__(self, most: int) -> None:
        super().__init__(self.title.format(most=most))


class QuantityTooLarge(Unprocessable):
    """More pieces of one SKU than a line may hold."""

    title = Text("单件商品最多购买 {most} 件", "At most {most} pieces of one item")

    def __init__(self, most: int) -> None:
        detail = self.title.format(most=most)
        super().__init__(detail, fields={"quantity": detail})
