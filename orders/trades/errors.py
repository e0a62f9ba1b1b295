"""The ways in which trades and orders refuse: facts, each with its code and status."""

from marketplace.errors import Conflict, NotFound
from marketplace.language import Text


class TradeNotFound(NotFound):
    """No such trade, or somebody else's."""

    title = Text("没有找到这笔交易", "No such trade")


class OrderNotFound(NotFound):
    """No such order, or not one the caller may see."""

    title = Text("没有找到这个订单", "No such order")


class TradeNotOpen(Conflict):
    """The trade is paid, cancelled or expired already."""

    title = Text("这笔交易已不能再付款或取消", "This trade can no longer be paid or cancelled")


class OrderStateForbids(Conflict):
    """The order stands in a state from which this move does not start."""

    title = Text("订单当前状态不能进行此操作", "The order's state does not allow this")
