"""The ways in which paying can fail."""

from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.language import Text


class PayoutBatchNotFound(NotFound):
    title = Text("没有这个付款批次", "There is no such payout batch")


class NothingReleased(Conflict):
    title = Text("没有已放款、待付款的结算单", "No released statement waits to be paid")


class ResultFileMissing(Unprocessable):
    title = Text("请选择银行回盘文件", "Choose the bank's result file")


class ResultFileWrong(Unprocessable):
    """Nothing of a file is taken unless all of it can be."""

    title = Text(
        "银行回盘文件有误，没有写入任何一行", "The bank's result file is wrong; nothing was taken"
    )


class NotForTheBank(Conflict):
    title = Text(
        "这个批次在支付渠道内转账，没有银行文件",
        "This batch is transferred inside the provider; there is no file for the bank",
    )
