"""The means of payment in words: what a buyer chooses, and where money goes back to."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.language import Text
from orders.payments.bank_transfer.queries import PROVIDER as BANK_TRANSFER


@dataclass(frozen=True, slots=True)
class Means:
    """A way of paying, in words."""

    value: str
    title: Text
    hint: Text
    # Where what was paid so goes back to, as the end of a sentence.
    origin: Text


_ONLINE = Text("网上支付", "Online payment")
_BACK = Text("原付款账户", "the account that paid")
_MEANS = {
    each.value: each
    for each in (
        Means(
            "sandbox",
            Text("演示支付", "Demonstration payment"),
            Text("不会真的扣款，用于体验全流程", "No money moves; for trying everything out"),
            _BACK,
        ),
        Means(
            "pay_later",
            Text("先货后款", "Goods first, pay later"),
            Text(
                "单位额度内先发货，验收后按期付款",
                "Within the unit's limit: shipped first, paid within its days after acceptance",
            ),
            _BACK,
        ),
        Means(
            BANK_TRANSFER,
            Text("对公转账", "Bank transfer"),
            Text(
                "转账到平台账户，几个工作日内付清即可，期间保留库存",
                "Transfer to our account within some working days; the stock is held meanwhile",
            ),
            Text("转出的银行账户", "the bank account it was sent from"),
        ),
        Means(
            "stripe:alipay",
            Text("支付宝", "Alipay"),
            Text("前往支付宝付款，付完自动返回", "Pay at Alipay and come back"),
            Text("付款的支付宝账户", "the Alipay account that paid"),
        ),
        Means(
            "stripe:card",
            Text("银行卡", "Card"),
            Text(
                "在下一页填写卡号，由支付机构直接收取",
                "Fill it in on the next page; the payment institution takes it",
            ),
            Text("付款的银行卡", "the card that paid"),
        ),
        Means(
            "stripe:wechat_pay",
            Text("微信支付", "WeChat Pay"),
            Text("用微信扫描二维码付款", "Scan a code with WeChat"),
            Text("付款的微信账户", "the WeChat account that paid"),
        ),
    )
}


def means_of(provider: str, method: str) -> Means:
    """Return the means that a payment was made by; one that is offered no longer by its name."""
    value = f"{provider}:{method}" if method else provider
    return _MEANS.get(value) or Means(value, _ONLINE, Text("", ""), _BACK)


def describe_means(values: Sequence[str]) -> list[Means]:
    """Put the means on offer into words."""
    return [_MEANS[value] for value in values if value in _MEANS]
