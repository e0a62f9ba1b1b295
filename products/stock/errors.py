"""How stock can refuse."""

from marketplace.errors import Conflict
from marketplace.language import Text


class StockShort(Conflict):
    """Fewer pieces are free than were asked for; ``skus`` names each with what is left."""

    title = Text("库存不足", "Not enough in stock")


class ReservationShort(Conflict):
    """The order does not hold as many pieces as should be released or shipped."""

    title = Text("订单占用的库存不足", "The order does not hold that many pieces")


class ReturnExceedsShipped(Conflict):
    """More pieces would come back than were ever shipped."""

    title = Text("退回数量超过已发货数量", "More pieces than were shipped cannot come back")
