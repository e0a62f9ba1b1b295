"""The ways paying and refunding can fail."""

from marketplace.errors import BadRequest, Conflict, NotFound, Unprocessable
from marketplace.language import Text


class PaymentNotFound(NotFound):
    title = Text("没有找到这笔付款", "This payment was not found")


class TradeNotPayable(Conflict):
    title = Text("这笔交易现在不能付款", "This trade cannot be paid now")


class ProviderNotOffered(Unprocessable):
    title = Text("不支持这种支付方式", "This way of paying is not offered")


class MethodNotOffered(Unprocessable):
    title = Text("不支持这种付款方式", "This means of payment is not offered")


class CardNeeded(Unprocessable):
    title = Text(
        "银行卡付款（且只有银行卡付款）须提供卡片标识",
        "Payment by card, and only by card, needs the card's reference",
    )


class RefundExceedsCapture(Conflict):
    title = Text(
        "退款金额超过了这笔付款还可以退的金额",
        "The refund exceeds what is left of the payment",
    )


class TradeNotPaid(Conflict):
    title = Text("这笔交易还没有付款，无款可退", "This trade is not paid; nothing to refund")


class NoticeRefused(BadRequest):
    title = Text("支付通知未通过验证", "The payment notice failed verification")
