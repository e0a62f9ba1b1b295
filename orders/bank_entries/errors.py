"""The ways in which importing and identifying the bank's entries can fail."""

from marketplace.errors import Conflict, Forbidden, NotFound, Unprocessable
from marketplace.language import Text


class BankEntryNotFound(NotFound):
    title = Text("没有这条银行流水", "There is no such bank entry")


class BankMatchNotFound(NotFound):
    title = Text("没有这条认领", "There is no such match")


class StatementFileMissing(Unprocessable):
    title = Text("请选择银行流水文件", "Choose the bank's statement file")


class StatementFileWrong(Unprocessable):
    """Nothing of a file is taken unless all of it can be."""

    title = Text(
        "银行流水文件有误，没有导入任何一行", "The bank's statement is wrong; nothing was imported"
    )


class EntryNotIdentifiable(Conflict):
    title = Text(
        "这条流水已经认领、退回或不是收款，不能再认领",
        "This entry is identified, returned or no receipt; it cannot be matched again",
    )


class PayoutUnknown(Unprocessable):
    title = Text(
        "没有这笔渠道打款，或它已经认领过；请填渠道的打款编号",
        "There is no such payout, or it has arrived already; enter the provider's number of it",
    )


class TargetUnknown(Unprocessable):
    title = Text(
        "没有这个交易号或附言编号", "There is no trade of this number, and no such remark code"
    )


class PartExceedsRest(Unprocessable):
    title = Text(
        "这笔收款还没有认领的只有 {rest} 元", "Only {rest} yuan of this receipt are not matched yet"
    )


class TradeTakenAlready(Conflict):
    title = Text(
        "这笔流水已有一部分认领给这笔交易，余下的请认领给别的交易或退回",
        "A part of this receipt is matched with this trade already; match the rest with another"
        " trade, or send it back",
    )


class MatchAlreadyDecided(Conflict):
    title = Text("这条认领已经处理过", "This match has been decided already")


class ConfirmedBySameOfficer(Forbidden):
    title = Text(
        "认领须由另一位财务人员复核，您是提出人",
        "A match is confirmed by another officer than the one who proposed it",
    )
