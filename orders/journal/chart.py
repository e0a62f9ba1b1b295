"""The chart of accounts 会计科目表: one table of codes, names and sides, and what entries are called.

Codes of four digits are those of the ministry's chart (企业会计准则应用指南); the digits behind the dot
are the market's own 明细科目. A code is printed in books that leave the house: it never changes its
meaning, and a new kind takes a new one.
"""

from dataclasses import dataclass
from enum import StrEnum

from marketplace.language import Text
from orders.journal.models import OWNED, AccountKind, EntryKind


class AccountClass(StrEnum):
    """What an account is in the ministry's chart."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"

    @property
    def label(self) -> Text:
        """The class in words."""
        return _CLASS_LABELS[self]


_CLASS_LABELS = {
    AccountClass.ASSET: Text("资产", "Asset"),
    AccountClass.LIABILITY: Text("负债", "Liability"),
    AccountClass.INCOME: Text("收入", "Income"),
    AccountClass.EXPENSE: Text("费用", "Expense"),
}


class OwnerKind(StrEnum):
    """Whose account it is, for the kinds that are kept apart by owner (辅助核算)."""

    COOPERATIVE = "cooperative"
    BUYING_UNIT = "buying_unit"
    PROVIDER = "provider"

    @property
    def label(self) -> Text:
        """The owner's kind in words."""
        return _OWNER_LABELS[self]


_OWNER_LABELS = {
    OwnerKind.COOPERATIVE: Text("合作社", "Cooperative"),
    OwnerKind.BUYING_UNIT: Text("采购单位", "Buying unit"),
    OwnerKind.PROVIDER: Text("支付渠道", "Payment provider"),
}


@dataclass(frozen=True, slots=True)
class ChartedAccount:
    """One account of the chart: 科目编码, 科目名称, 类别, and by whom it is kept apart."""

    kind: AccountKind
    code: str
    title: Text
    account_class: AccountClass
    owner_kind: OwnerKind | None = None

    def __post_init__(self) -> None:
        if (self.kind in OWNED) is (self.owner_kind is None):
            raise ValueError(f"{self.kind} with owners {self.owner_kind}")

    @property
    def is_debit(self) -> bool:
        """Tell whether its balance usually stands on the debit side (借方)."""
        return self.account_class in (AccountClass.ASSET, AccountClass.EXPENSE)


_A, _O = AccountClass, OwnerKind

# In order of code, which is the order of every table.
CHART: tuple[ChartedAccount, ...] = (
    ChartedAccount(AccountKind.BANK, "1002", Text("银行存款", "Bank"), _A.ASSET),
    ChartedAccount(
        AccountKind.PROVIDER_CLEARING, "1012.01",
        Text("其他货币资金—支付渠道待结算款", "Held by payment providers"), _A.ASSET, _O.PROVIDER,
    ),
    ChartedAccount(
        AccountKind.MONEY_IN_TRANSIT,
        "1012.02",
        Text("其他货币资金—在途资金", "On its way to the bank"),
        _A.ASSET,
    ),
    ChartedAccount(
        AccountKind.UNIT_RECEIVABLES, "1122.01",
        Text("应收账款—采购单位", "Receivable from buying units"), _A.ASSET, _O.BUYING_UNIT,
    ),
    ChartedAccount(
        AccountKind.DISPUTED_FUNDS, "1221.01",
        Text("其他应收款—拒付争议款", "Disputed payments, with the bank"), _A.ASSET,
    ),
    ChartedAccount(
        AccountKind.COOPERATIVE_PENDING, "2202.01",
        Text("应付账款—合作社（待确认）", "Cooperatives, not yet due"), _A.LIABILITY, _O.COOPERATIVE,
    ),
    ChartedAccount(
        AccountKind.COOPERATIVE_PAYABLE, "2202.02",
        Text("应付账款—合作社（应结算）", "Cooperatives, payable"), _A.LIABILITY, _O.COOPERATIVE,
    ),
    ChartedAccount(
        AccountKind.HELD_FOR_DISPUTES, "2202.03",
        Text("应付账款—合作社（因拒付暂扣）", "Cooperatives, held for disputes"), _A.LIABILITY,
    ),
    ChartedAccount(
        AccountKind.BUYERS_CLEARING, "2241.01",
        Text("其他应付款—买家待清算款", "Buyers' clearing"), _A.LIABILITY,
    ),
    ChartedAccount(
        AccountKind.UNIDENTIFIED_RECEIPTS, "2241.02",
        Text("其他应付款—待查款项", "Receipts not identified yet"), _A.LIABILITY,
    ),
    ChartedAccount(
        AccountKind.OWN_FUNDS, "2241.03",
        Text("其他应付款—平台自有资金", "The platform's own funds"), _A.LIABILITY,
    ),
    ChartedAccount(
        AccountKind.PLATFORM_FEE, "6001.01",
        Text("主营业务收入—平台服务费", "Platform fee income"), _A.INCOME,
    ),
    ChartedAccount(
        AccountKind.PENALTIES, "6301.01", Text("营业外收入—违约金", "Penalties"), _A.INCOME
    ),
    ChartedAccount(
        AccountKind.BAD_DEBTS_RECOVERED, "6301.02",
        Text("营业外收入—坏账收回", "Bad debts recovered"), _A.INCOME,
    ),
    ChartedAccount(
        AccountKind.OTHER_GAINS, "6301.03", Text("营业外收入—其他", "Other gains"), _A.INCOME
    ),
    ChartedAccount(
        AccountKind.COUPON_COST, "6601.01", Text("销售费用—优惠券", "Coupon cost"), _A.EXPENSE
    ),
    ChartedAccount(
        AccountKind.PROVIDER_FEE, "6603.01",
        Text("财务费用—支付手续费", "Provider fees"), _A.EXPENSE, _O.PROVIDER,
    ),
    ChartedAccount(
        AccountKind.BANK_CHARGES, "6603.02",
        Text("财务费用—银行手续费", "Bank charges"), _A.EXPENSE,
    ),
    # Interest received lowers what money costs: it stands here with a minus, as the ministry has it.
    ChartedAccount(AccountKind.INTEREST, "6603.03", Text("财务费用—利息", "Interest"), _A.EXPENSE),
    ChartedAccount(
        AccountKind.BAD_DEBTS, "6702.01", Text("信用减值损失—坏账", "Bad debts"), _A.EXPENSE
    ),
    ChartedAccount(
        AccountKind.SETTLEMENT_CORRECTIONS,
        "6711.01",
        Text("营业外支出—结算更正", "Settlement corrections"),
        _A.EXPENSE,
    ),
    ChartedAccount(
        AccountKind.DISPUTE_LOSSES, "6711.02",
        Text("营业外支出—拒付损失", "Losses by disputes"), _A.EXPENSE,
    ),
    ChartedAccount(
        AccountKind.OTHER_LOSSES, "6711.03", Text("营业外支出—其他", "Other losses"), _A.EXPENSE
    ),
)  # fmt: skip

ACCOUNTS: dict[AccountKind, ChartedAccount] = {each.kind: each for each in CHART}
BY_CODE: dict[str, ChartedAccount] = {each.code: each for each in CHART}

# 摘要: what an entry says happened.
ENTRY_TITLES: dict[EntryKind, Text] = {
    EntryKind.PAYMENT_CAPTURED: Text("收到买家付款", "Payment received"),
    EntryKind.TRADE_PAID: Text("买家付清，货款转合作社待确认", "Trade paid"),
    EntryKind.ORDER_COMPLETED: Text("订单完成，货款转应结算", "Order completed"),
    EntryKind.REFUND_AGREED: Text("同意退款", "Refund agreed"),
    EntryKind.REFUND_PAID: Text("退款已退到买家", "Refund paid"),
    EntryKind.REFUND_RETURNED: Text("退款被退回，仍欠买家", "Refund came back"),
    EntryKind.FEE_REFUNDED: Text("退回平台服务费", "Platform fee given back"),
    EntryKind.STATEMENT_PAID: Text("支付结算单", "Statement paid"),
    EntryKind.STATEMENT_TRANSFERRED: Text("渠道内转账支付结算单", "Statement paid by transfer"),
    EntryKind.TRANSFER_REVERSED: Text("渠道内转账被撤回", "Transfer reversed"),
    EntryKind.STATEMENT_CORRECTED: Text("更正结算单", "Statement corrected"),
    EntryKind.BANK_RECEIVED: Text("银行收款", "Bank receipt"),
    EntryKind.RECEIPT_IDENTIFIED: Text("收款已认领", "Receipt identified"),
    EntryKind.RECEIPT_RETURNED: Text("无主款项退回", "Receipt returned"),
    EntryKind.BANK_REFUND_PAID: Text("银行转账退款", "Refund by bank transfer"),
    EntryKind.REFUND_PAID_OTHERWISE: Text("渠道退不了，改由银行退款", "Refund paid from the bank"),
    EntryKind.GOODS_RELEASED: Text("先货后款，放货挂账", "Goods released before payment"),
    EntryKind.RECEIVABLE_PAID: Text("采购单位还款", "Receivable paid"),
    EntryKind.RECEIVABLE_REDUCED: Text("退款冲减采购单位欠款", "Receivable reduced by a refund"),
    EntryKind.DEBT_WRITTEN_OFF: Text("核销采购单位欠款", "Debt written off"),
    EntryKind.PROVIDER_FEE_TAKEN: Text("支付渠道扣手续费", "Fee kept by the provider"),
    EntryKind.PROVIDER_PAID_OUT: Text("支付渠道转出到银行", "Sent to the bank by the provider"),
    EntryKind.PROVIDER_PAYOUT_ARRIVED: Text("渠道转出的款到账", "A provider's payout arrived"),
    EntryKind.DISPUTE_MOVED: Text("拒付扣款或退回", "Disputed payment taken or given back"),
    EntryKind.DISPUTE_HELD: Text("因拒付暂扣货款", "Held for a dispute"),
    EntryKind.DISPUTE_RELEASED: Text("拒付不成立，解除暂扣", "Dispute won, released"),
    EntryKind.DISPUTE_LOST: Text("拒付成立，冲减货款", "Dispute lost"),
    EntryKind.DISPUTE_BORNE: Text("拒付损失由平台承担", "Dispute borne by the platform"),
    EntryKind.REFUND_CHARGED_BACK: Text("退款由拒付付清", "Refund paid by a lost dispute"),
    EntryKind.BANK_CHARGED: Text("银行手续费", "Bank charge"),
    EntryKind.INTEREST_BOOKED: Text("利息", "Interest"),
    EntryKind.PROVIDER_FEE_CORRECTED: Text("支付渠道更正手续费", "Fee corrected by the provider"),
    EntryKind.OWN_FUNDS_MOVED: Text("平台自有资金收付", "The platform's own money"),
    EntryKind.OTHERWISE_MOVED: Text("其他收支", "Other money in or out"),
    EntryKind.BANK_OPENED: Text("银行存款期初余额", "Opening balance of the bank account"),
}
