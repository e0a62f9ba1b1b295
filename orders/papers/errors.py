"""The ways in which a paper is refused."""

from marketplace.errors import Conflict, NotFound
from marketplace.language import Text


class PaperNotFound(NotFound):
    title = Text("没有找到这份单据", "No such paper")


class PaperForUnitsOnly(Conflict):
    """The order was not placed for a buying unit, so there is no second party with a credit code."""

    title = Text(
        "只有采购单位的订单才有合同和验收单", "Only orders of buying units have these papers"
    )


class PaperTooEarly(Conflict):
    """The order has not come so far, or was called off."""

    title = Text(
        "订单付款后才能出具合同，确认收货后才能出具验收单",
        "A contract is made once the order is paid, an acceptance note once it is received",
    )
