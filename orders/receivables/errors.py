"""The ways in which paying later can fail."""

from marketplace.errors import Conflict, Forbidden, NotFound, Unprocessable
from marketplace.language import Text


class PayLaterNotOffered(Unprocessable):
    title = Text(
        "先货后款只对已开通的采购单位开放，请选择其他付款方式",
        "Paying later is for units with terms; please choose another means",
    )


class LimitExceeded(Conflict):
    title = Text(
        "超过先货后款额度，请先归还部分应付款或选择其他付款方式",
        "This exceeds the unit's limit; repay some of what is due, or choose another means",
    )


class OverdueBlocks(Conflict):
    title = Text(
        "单位有逾期超过宽限期的应付款，归还后才能再用先货后款",
        "Something is overdue beyond its days of grace; repay it to buy on terms again",
    )


class NothingOwed(Conflict):
    title = Text("这笔交易没有应付款", "Nothing is owed for this trade")


class RepaysTooMuch(Unprocessable):
    title = Text(
        "归还金额应大于零，不超过应付款", "Repay more than nothing and no more than is owed"
    )


class RepaidByTransferOnly(Unprocessable):
    title = Text(
        "请按转账信息转账归还，到账后自动核销",
        "Repay by the transfer as told; it is booked on arrival",
    )


class TermsChangeNotFound(NotFound):
    title = Text("没有这条额度变更", "There is no such change of terms")


class TermsChangePending(Conflict):
    title = Text(
        "这个单位有待复核的额度变更，请先处理", "A change of this unit's terms waits to be decided"
    )


class TermsChangeDecided(Conflict):
    title = Text("这条额度变更已经处理过", "This change of terms has been decided already")


class ChangeConfirmedBySameOfficer(Forbidden):
    title = Text(
        "额度变更须由另一位财务人员复核，您是提出人",
        "A change of terms is granted by another officer than the one who proposed it",
    )


class ReceivableNotFound(NotFound):
    title = Text("没有这笔应付款", "There is no such debt")


class WriteOffNotFound(NotFound):
    title = Text("没有这条核销", "There is no such write-off")


class DebtNotLongOverdue(Conflict):
    title = Text(
        "只有逾期超过宽限期、还没有付清或核销的应付款才能核销",
        "Only a debt overdue beyond its days of grace, neither settled nor written off, can be"
        " written off",
    )


class WriteOffPending(Conflict):
    title = Text("这笔应付款已经提出核销", "A write-off of this debt is proposed already")


class WriteOffDecided(Conflict):
    title = Text("这条核销已经处理过", "This write-off has been decided already")


class WriteOffBySameOfficer(Forbidden):
    title = Text(
        "核销须由另一位财务人员复核，您是提出人",
        "A write-off is agreed to by another officer than the one who proposed it",
    )


class DebtChanged(Conflict):
    title = Text(
        "提出核销后欠款有变动，请否决后重新提出",
        "What is owed has changed since; reject it and propose it anew",
    )
