"""The ways paying by transfer can fail."""

from marketplace.errors import Conflict, Forbidden, NotFound
from marketplace.language import Text


class TransferAccountNotFound(NotFound):
    title = Text("没有找到这个收款账号", "This connected account was not found")


class TransferAccountProposed(Conflict):
    title = Text(
        "这家合作社已有一个账号等待核对", "An account of this cooperative waits to be confirmed"
    )


class TransferAccountDecided(Conflict):
    title = Text("这个账号已经核对过", "This account was decided before")


class ConfirmedByProposer(Forbidden):
    title = Text("登记和核对须由两位不同的财务", "Another officer must confirm it")


class TransfersNotOffered(Conflict):
    title = Text("没有开通渠道内转账付款", "Payouts by transfer are not switched on")
