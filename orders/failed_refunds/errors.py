"""The ways in which settling a refused refund can fail."""

from marketplace.errors import Conflict, Forbidden, NotFound
from marketplace.language import Text


class FailedRefundNotFound(NotFound):
    """No refund with this id was ever refused."""

    title = Text("没有这笔需要处理的退款", "No such refund needs a person")


class RefundNotFailed(Conflict):
    """It is on its way again, or has reached the buyer."""

    title = Text("这笔退款已经不在“被拒”状态", "This refund is no longer refused")


class SettlementUnderWay(Conflict):
    """A payment by other means waits for the second officer."""

    title = Text(
        "已登记从银行付款，请先由另一位财务核对",
        "A payment from the bank is recorded; another officer must look at it first",
    )


class NoSettlementRecorded(Conflict):
    """There is nothing to confirm or to reject."""

    title = Text("没有待核对的付款登记", "No recorded payment waits")


class BankSerialTaken(Conflict):
    """One payment of the bank settles one refund."""

    title = Text("这个银行流水号已登记过", "This bank serial number is recorded already")

    def __init__(self) -> None:
        super().__init__(fields={"bank_serial": self.title})


class SettlementConfirmedBySameOfficer(Forbidden):
    """Who recorded a payment does not confirm it."""

    title = Text("须由另一位财务核对", "Another finance officer must confirm")
