"""What kinds of differences there are, what each is called, and what most likely caused it."""

from dataclasses import dataclass
from enum import StrEnum

from marketplace.language import Text


class DifferenceKind(StrEnum):
    """In which way the sides disagree."""

    # Explained by itself: kept for the record, settled at once.
    OTHER_DAY = "other_day"
    PAYMENT_RETURNED = "payment_returned"
    # Payments.
    PAYMENT_UNKNOWN = "payment_unknown"
    NOTICE_LOST = "notice_lost"
    PAYMENT_NOT_SEEN = "payment_not_seen"
    CHARGED_TWICE = "charged_twice"
    AMOUNT_DIFFERS = "amount_differs"
    PAYMENT_RETURNING = "payment_returning"
    ORDERS_DIFFER = "orders_differ"
    # Refunds.
    REFUND_UNKNOWN = "refund_unknown"
    REFUND_NOTICE_LOST = "refund_notice_lost"
    REFUND_NOT_SEEN = "refund_not_seen"
    REFUND_CAME_BACK = "refund_came_back"
    # Whatever else a provider does with our money.
    FEE_NOT_BOOKED = "fee_not_booked"
    PAYOUT_NOT_BOOKED = "payout_not_booked"
    PAYOUT_IN_TRANSIT = "payout_in_transit"
    DISPUTED = "disputed"
    MOVEMENT_UNKNOWN = "movement_unknown"
    OTHER_CURRENCY = "other_currency"
    # The journal.
    NOT_BOOKED = "not_booked"
    BOOKED_OTHERWISE = "booked_otherwise"
    ENTRY_UNKNOWN = "entry_unknown"
    UNEXPLAINED = "unexplained"
    # The bank.
    RECEIPT_UNIDENTIFIED = "receipt_unidentified"
    RETURN_WAITING = "return_waiting"
    OUTGOING_UNMATCHED = "outgoing_unmatched"
    PAID_TWICE = "paid_twice"
    ANSWER_MISSING = "answer_missing"
    NOT_AT_BANK = "not_at_bank"
    # Debts of units.
    DEBT_DIFFERS = "debt_differs"


@dataclass(frozen=True, slots=True)
class Wording:
    """A difference in words: what is seen, and why it most likely is so."""

    title: Text
    cause: Text


# What needs nobody: both sides agree once every day is looked at.
SELF_EXPLAINED = frozenset({DifferenceKind.OTHER_DAY, DifferenceKind.PAYMENT_RETURNED})
# What asking the provider once more may settle.
ASKED_AGAIN = frozenset(
    {
        DifferenceKind.NOTICE_LOST,
        DifferenceKind.REFUND_NOTICE_LOST,
        DifferenceKind.REFUND_CAME_BACK,
    }
)
# What passes by itself or takes its ordinary way, and is worth a look only if it stays.
WAITING = frozenset(
    {
        DifferenceKind.PAYMENT_RETURNING,
        DifferenceKind.RECEIPT_UNIDENTIFIED,
        DifferenceKind.RETURN_WAITING,
        DifferenceKind.NOT_AT_BANK,
        DifferenceKind.PAYOUT_IN_TRANSIT,
    }
)

# What officers may book as money of no sale: nothing of ours stands behind it.
BOOKABLE = frozenset(
    {
        DifferenceKind.OUTGOING_UNMATCHED,
        DifferenceKind.PAID_TWICE,
        DifferenceKind.MOVEMENT_UNKNOWN,
        DifferenceKind.PAYMENT_UNKNOWN,
        DifferenceKind.REFUND_UNKNOWN,
    }
)

WORDINGS: dict[DifferenceKind, Wording] = {
    DifferenceKind.OTHER_DAY: Wording(
        Text("跨日", "Another day"),
        Text(
            "两边金额相同，只是一边记在相邻的日期（例如零点前后到账），已自行抵平",
            "Both sides agree; one fell on another day, such as just after midnight",
        ),
    ),
    DifferenceKind.PAYMENT_RETURNED: Wording(
        Text("不能采用的付款已退回", "Money that could not be kept went back"),
        Text(
            "重复付款、超时或金额不符的付款，已全额退回付款人",
            "A second, late or wrong payment; all of it has gone back",
        ),
    ),
    DifferenceKind.PAYMENT_UNKNOWN: Wording(
        Text("渠道有收款，本站没有对应的付款", "The provider has a payment that we do not know"),
        Text(
            "可能在渠道后台手工收款，或另一套系统共用这个收款账户",
            "Perhaps taken in the provider's own dashboard, or by another system on this account",
        ),
    ),
    DifferenceKind.NOTICE_LOST: Wording(
        Text("渠道已收款，本站还没有到账记录", "The provider was paid; we have not noted it"),
        Text(
            "支付通知可能丢失，已自动再次向渠道查询",
            "Its notice was probably lost; the provider was asked again",
        ),
    ),
    DifferenceKind.PAYMENT_NOT_SEEN: Wording(
        Text("本站已到账，渠道流水中没有", "We noted a payment that the provider does not list"),
        Text(
            "渠道流水可能还没有出全；次日仍没有，请到渠道后台核实这笔付款",
            "The provider's list may be late; if it stays, check the payment with the provider",
        ),
    ),
    DifferenceKind.CHARGED_TWICE: Wording(
        Text("同一笔付款，渠道扣了不止一次", "The provider charged one payment more than once"),
        Text(
            "渠道重复扣款；请把多扣的部分退给付款人",
            "Charged repeatedly; give back what was too much",
        ),
    ),
    DifferenceKind.AMOUNT_DIFFERS: Wording(
        Text("金额不符", "The amounts differ"),
        Text(
            "渠道流水的金额与本站记录的不同；以渠道凭证为准查明",
            "The provider lists another amount than we noted; find out from its evidence",
        ),
    ),
    DifferenceKind.PAYMENT_RETURNING: Wording(
        Text("不能采用的付款还没有退到", "Money that could not be kept is not back yet"),
        Text(
            "重复付款、超时或金额不符的付款，退款已发出或被拒；退到后自行消除",
            "A second, late or wrong payment whose refund is under way or refused",
        ),
    ),
    DifferenceKind.ORDERS_DIFFER: Wording(
        Text("付款与订单合计不符", "The payment differs from its orders"),
        Text(
            "到账金额、交易总额、订单合计和分录四者应当相同；请联系技术人员核查",
            "Payment, trade, orders and journal should be the same amount; have it examined",
        ),
    ),
    DifferenceKind.REFUND_UNKNOWN: Wording(
        Text("渠道有退款，本站没有对应的退款", "The provider made a refund that we do not know"),
        Text(
            "可能在渠道后台手工退款；请补办售后或追回",
            "Perhaps made in the provider's own dashboard; open a case for it, or recover it",
        ),
    ),
    DifferenceKind.REFUND_NOTICE_LOST: Wording(
        Text("渠道已退款，本站还没有退到记录", "The provider gave it back; we have not noted it"),
        Text(
            "退款通知可能丢失，已自动再次向渠道查询",
            "Its notice was probably lost; the provider was asked again",
        ),
    ),
    DifferenceKind.REFUND_NOT_SEEN: Wording(
        Text("本站已退款，渠道流水中没有", "We noted a refund that the provider does not list"),
        Text(
            "渠道流水可能还没有出全；次日仍没有，请到渠道后台核实这笔退款",
            "The provider's list may be late; if it stays, check the refund with the provider",
        ),
    ),
    DifferenceKind.REFUND_CAME_BACK: Wording(
        Text("退款被银行退回渠道", "A refund came back to the provider"),
        Text(
            "买家的账户可能已注销，通知可能丢失；已自动再次向渠道查询，查到后转入“被拒退款”",
            "The buyer's account may be closed and the notice lost; the provider was asked again",
        ),
    ),
    DifferenceKind.FEE_NOT_BOOKED: Wording(
        Text("手续费没有入账", "A fee is not in the journal"),
        Text(
            "渠道流水到得晚；再核对一次会自动入账",
            "The movement came late; running the day again books it",
        ),
    ),
    DifferenceKind.PAYOUT_NOT_BOOKED: Wording(
        Text("渠道打款没有入账", "A payout to our bank is not in the journal"),
        Text(
            "渠道流水到得晚；再核对一次会自动入账",
            "The movement came late; running the day again books it",
        ),
    ),
    DifferenceKind.PAYOUT_IN_TRANSIT: Wording(
        Text("渠道已打款，银行还没有认领到账", "A provider's payout has not been seen at the bank"),
        Text(
            "到账一般要 {days} 天；导入银行流水后，到“银行流水”认领为渠道打款",
            "It takes some {days} days; once imported, say at the bank's entries that it is this one",
        ),
    ),
    DifferenceKind.DISPUTED: Wording(
        Text("买家拒付，渠道扣回了款项", "A buyer disputed a payment; the provider took it back"),
        Text(
            "拒付的通知可能丢失，或这笔付款不是本站的；通知到了会自行消除，到“拒付”查看和举证",
            "Its notice may be lost, or the payment is none of ours; see to it at the disputes",
        ),
    ),
    DifferenceKind.MOVEMENT_UNKNOWN: Wording(
        Text("渠道余额有其他变动", "The provider's balance moved for another reason"),
        Text(
            "渠道调账、冻结、划转等；请到渠道后台查明用途，查明后可直接入账",
            "An adjustment, reserve or transfer; find out from the provider what it is, and book it",
        ),
    ),
    DifferenceKind.OTHER_CURRENCY: Wording(
        Text("外币变动没有入账", "A movement in another currency is not booked"),
        Text(
            "账簿以人民币记账；外币款项或手续费请按折算结果人工处理",
            "The journal is kept in yuan; see to the foreign money or fee by hand",
        ),
    ),
    DifferenceKind.NOT_BOOKED: Wording(
        Text("有记录，没有分录", "Noted, but not in the journal"),
        Text(
            "两者在同一事务里写入，不应出现；请联系技术人员核查",
            "Both are written in one transaction, so this should not be; have it examined",
        ),
    ),
    DifferenceKind.BOOKED_OTHERWISE: Wording(
        Text("分录金额与记录不符", "The journal has another amount"),
        Text(
            "两者在同一事务里写入，不应出现；请联系技术人员核查",
            "Both are written in one transaction, so this should not be; have it examined",
        ),
    ),
    DifferenceKind.ENTRY_UNKNOWN: Wording(
        Text("分录没有对应的付款、退款或渠道流水", "A journal entry without its cause"),
        Text(
            "可能是手工调整或其他业务的分录；请核对它的原因",
            "Perhaps an adjustment, or another kind of business; look at its cause",
        ),
    ),
    DifferenceKind.UNEXPLAINED: Wording(
        Text("合计仍有差额", "The sums still differ"),
        Text(
            "逐笔差异加起来不等于两边合计之差；请再核对一次，仍有差额请联系技术人员",
            "The differences do not add up to that of the sums; run it again, or have it examined",
        ),
    ),
    DifferenceKind.RECEIPT_UNIDENTIFIED: Wording(
        Text("银行收款还没有认领", "A receipt that nobody has identified"),
        Text(
            "付款人没有写编号，或认领还没有复核；到“银行流水”认领（利息等也在那里入账）或退回",
            "The payer left no code, or a second officer is awaited; say at the bank's entries what it"
            " is, interest as well, or send it back",
        ),
    ),
    DifferenceKind.RETURN_WAITING: Wording(
        Text("应退回的收款还没有退", "A receipt that is to go back has not"),
        Text(
            "还没有列入退款清单、银行还没有回盘，或银行回盘说失败，要重新列入清单",
            "It is in no refund list yet, the bank has not answered, or it could not pay it back",
        ),
    ),
    DifferenceKind.OUTGOING_UNMATCHED: Wording(
        Text("银行有支出，本站没有对应的付款", "The bank paid something that we do not know"),
        Text(
            "可能是银行手续费或在网银手工付款；能对应付款的请匹配，是手续费、利息等的请直接入账",
            "Perhaps a bank charge or a payment made by hand; match it, or book what it was",
        ),
    ),
    DifferenceKind.PAID_TWICE: Wording(
        Text("银行可能重复付款", "The bank may have paid twice"),
        Text(
            "同一收款账户、同一金额的付款已有另一笔流水；请向银行查询并追回",
            "Another entry already paid this amount to this account; ask the bank and recover it",
        ),
    ),
    DifferenceKind.ANSWER_MISSING: Wording(
        Text("银行已付，回盘结果不是“成功”", "The bank paid; its answer does not say so"),
        Text(
            "银行的结果文件还没有读回，或回盘写的是失败；请读回结果文件或向银行核实",
            "Its result file was not read back, or said failed; read it, or ask the bank",
        ),
    ),
    DifferenceKind.NOT_AT_BANK: Wording(
        Text("已记付款，银行流水中没有", "Noted as paid, and not seen at the bank"),
        Text(
            "银行流水可能还没有导入；{days} 天内未见属正常，超过请向银行核实",
            "The entries may not be imported yet; if it stays after {days} days, ask the bank",
        ),
    ),
    DifferenceKind.DEBT_DIFFERS: Wording(
        Text("应收账款与分录不符", "A unit's debts differ from the journal"),
        Text(
            "两者在同一事务里写入，不应出现；请联系技术人员核查",
            "Both are written in one transaction, so this should not be; have it examined",
        ),
    ),
}
