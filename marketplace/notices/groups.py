"""The groups of notices that people choose channels for, and what is on before they choose."""

from enum import StrEnum

from marketplace.language import Text


class Channel(StrEnum):
    """What carries a notice beside the inbox, which has all of them."""

    SMS = "sms"
    EMAIL = "email"


class NoticeGroup(StrEnum):
    """What a notice is about; names stay, because people's choices hang on them."""

    ORDERS = "orders"
    AFTERSALES = "aftersales"
    PURCHASING = "purchasing"
    SELLING = "selling"
    SETTLEMENT = "settlement"
    OFFICE = "office"
    SECURITY = "security"

    @property
    def label(self) -> Text:
        """Its name for people."""
        return LABELS[self][0]

    @property
    def hint(self) -> Text:
        """What it tells of."""
        return LABELS[self][1]


G = NoticeGroup
LABELS: dict[NoticeGroup, tuple[Text, Text]] = {
    G.ORDERS: (
        Text("我的订单", "My orders"),
        Text(
            "发货、到达自提点、取消、退款、发票", "Shipped, arrived, called off, refunded, invoiced"
        ),
    ),
    G.AFTERSALES: (
        Text("我的售后", "My after-sales cases"),
        Text("合作社答复、处理结果", "The cooperative's answer and the outcome"),
    ),
    G.PURCHASING: (
        Text("单位采购", "My unit's purchases"),
        Text(
            "采购申请审批、应付账款到期提醒",
            "Requisitions to decide and decided, debts coming due",
        ),
    ),
    G.SELLING: (
        Text("合作社经营", "My cooperative's sales"),
        Text(
            "新订单汇总（每天两次）、售后待处理、商品审核结果",
            "New orders summed up twice a day, cases to answer, products reviewed",
        ),
    ),
    G.SETTLEMENT: (
        Text("合作社结算", "My cooperative's settlement"),
        Text("结算单出账、打款成功或失败", "Statements issued, payouts made or failed"),
    ),
    G.OFFICE: (
        Text("待办审核", "Waiting for my decision"),
        Text(
            "商品待审核、结算单有异议、打款或退款失败",
            "Products to review, disputes, failed payouts and refunds",
        ),
    ),
    G.SECURITY: (
        Text("账号安全", "Safety of my account"),
        Text("手机号码、密码、微信登录变更", "Changes of number, password and sign-in by WeChat"),
    ),
}
# Nobody can miss that somebody else changes how they sign in.
ALWAYS = frozenset({G.SECURITY})
# A message costs money and wakes people: offices read their desk.
SMS_AT_FIRST = frozenset({G.ORDERS, G.AFTERSALES, G.PURCHASING, G.SELLING, G.SETTLEMENT})


def is_on_at_first(group: NoticeGroup, channel: Channel) -> bool:
    """Tell whether a channel is on for who has chosen nothing."""
    return group in ALWAYS or channel is Channel.EMAIL or group in SMS_AT_FIRST
