"""The ways in which settling can fail."""

from marketplace.errors import Conflict, Forbidden, NotFound, Unprocessable
from marketplace.language import Text


class StatementNotFound(NotFound):
    title = Text("没有这份结算单", "There is no such statement")


class SettlementRunNotFound(NotFound):
    title = Text("没有这次结算", "There is no such settlement run")


class DisputeNotFound(NotFound):
    title = Text("没有这条异议", "There is no such dispute")


class WindowNotOver(Unprocessable):
    title = Text(
        "只能结算到今天零点以前，所选日期不能晚于今天",
        "A window can only close at the beginning of today or earlier",
    )


class SettlementRunNotDone(Conflict):
    title = Text("结算还没有算完，请稍候", "The settlement is still being worked out; please wait")


class StatementStateForbids(Conflict):
    title = Text("结算单的当前状态不允许此操作", "The statement's state does not allow this")


class LineNotInStatement(Unprocessable):
    title = Text("这一行不在该结算单内", "This line is not in that statement")


class LineAlreadyDisputed(Conflict):
    title = Text("这一行已经提出过异议，正在答复", "This line is disputed already")


class DisputeAlreadyAnswered(Conflict):
    title = Text("这条异议已经答复", "This dispute has been answered")


class ReleasedBySameOfficer(Forbidden):
    title = Text(
        "放款须由两位不同的财务人员分别确认，您已确认过",
        "A release takes two different officers, and you have been the first",
    )


class NothingToPay(Conflict):
    title = Text("这份结算单没有应付金额", "Nothing is payable on this statement")


class PayoutAccountMissing(Conflict):
    title = Text(
        "结算单出具时没有收款账户，请登记账户后重新出具",
        "The statement was issued without a bank account; reissue it once there is one",
    )


class PayoutAccountChanged(Conflict):
    title = Text(
        "收款账户在结算单出具后有变更，请重新出具",
        "The bank account has changed since the statement was issued; reissue it",
    )


class CorrectionNotFound(NotFound):
    title = Text("没有这条更正", "There is no such correction")


class CorrectionPending(Conflict):
    title = Text(
        "这一行有待复核的更正，请先处理", "A correction of this line waits for a second officer"
    )


class CorrectionDecided(Conflict):
    title = Text("这条更正已经处理过", "This correction has been decided already")


class CorrectedBySameOfficer(Forbidden):
    title = Text(
        "更正须由另一位财务人员复核，您是提出人",
        "A correction is agreed to by another officer than the one who proposed it",
    )


class LineCorrectedBelowZero(Unprocessable):
    title = Text(
        "这一行连同以前的退款和更正，现在应付 {standing} 元，不能扣回更多",
        "With its refunds and corrections this line now stands for {standing} yuan;"
        " no more can be taken back",
    )


class FeeCorrectedBelowZero(Unprocessable):
    title = Text(
        "这一行至今收取的服务费是 {charged} 元，不能退回更多",
        "The fee charged for this line so far is {charged} yuan; no more can be given back",
    )
