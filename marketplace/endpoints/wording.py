"""Webhooks in words: what kinds are about, why an endpoint is paused, what went wrong with a try."""

from marketplace.endpoints.addresses import PRIVATE, UNKNOWN
from marketplace.endpoints.models import PauseReason
from marketplace.language import Text

SUBJECTS = {
    "trade": Text("交易", "Trades"),
    "order": Text("订单", "Orders"),
    "parcel": Text("包裹", "Parcels"),
    "pickup": Text("自提", "Pick-ups"),
    "cancellation": Text("取消申请", "Cancellations"),
    "aftersales": Text("售后", "After-sales"),
    "refund": Text("退款", "Refunds"),
    "dispute": Text("拒付", "Disputes"),
    "requisition": Text("采购申请", "Requisitions"),
    "receivable": Text("应付账款", "Debts"),
    "invoice": Text("发票", "Invoices"),
    "statement": Text("结算单", "Statements"),
    "credit": Text("计入额", "Credits"),
    "product": Text("商品", "Products"),
    "certificate": Text("认定", "Certificates"),
    "cooperative": Text("合作社", "Cooperative"),
    "buying_unit": Text("采购单位", "Buying unit"),
}
COMMA = Text("、", ", ")
TEST_TITLE = Text("测试推送", "Test")
PAUSES = {
    PauseReason.BY_HAND: Text(
        "已手动暂停。恢复后，可补发暂停期间的事件。",
        "Paused by hand. After resuming, what happened meanwhile can be sent.",
    ),
    PauseReason.FAILING: Text(
        "连续三天没有一次送达，已自动暂停。请检查接收程序，恢复后可补发漏掉的事件。",
        "Nothing was taken for three days, so it was paused. See to the receiver; after resuming,"
        " what was missed can be sent.",
    ),
    PauseReason.GONE: Text(
        "对方回应“不再接收”（410），已自动暂停。",
        "The receiver answered that it is gone (410), so it was paused.",
    ),
}
FAILURES = {
    "AddressRefused": Text("地址不能接收推送，没有发出", "Not an address to deliver to; not sent"),
    UNKNOWN: Text("查不到这个域名，没有发出", "The host name is not known; not sent"),
    PRIVATE: Text(
        "域名现在指向内部网络，出于安全没有发出",
        "The host name leads into a private network now; not sent, for safety",
    ),
    "ConnectionRefusedError": Text("对方拒绝连接", "The connection was refused"),
    "TimeoutError": Text("超时未回应", "No answer in time"),
    "SSLCertVerificationError": Text("证书不可信", "The certificate is not trusted"),
}
UNREACHED = Text("连接中断", "The connection broke")
REDIRECTED = Text("{status}，不跟随跳转", "{status}: redirects are not followed")


def say_outcome(status: int | None, failure: str | None) -> str:
    """Say what came of a try: the answer's status, or why there was none."""
    if status is None:
        return str(FAILURES.get(failure or "", UNREACHED))
    return str(REDIRECTED.format(status=status)) if 300 <= status < 400 else str(status)
