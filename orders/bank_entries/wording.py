"""States of the bank's entries and matches in words."""

from marketplace.language import Text
from orders.bank_entries.models import EntryState, MatchKind, MatchState

ENTRY_TITLES: dict[EntryState, Text] = {
    EntryState.UNIDENTIFIED: Text("待查", "Not identified"),
    EntryState.PROPOSED: Text("待复核", "To be confirmed"),
    EntryState.IDENTIFIED: Text("已认领", "Identified"),
    EntryState.RETURNING: Text("待退回", "To be returned"),
    EntryState.RETURNED: Text("已退回", "Returned"),
    EntryState.OUTGOING: Text("支出", "Money out"),
}
ENTRY_TONES: dict[EntryState, str] = {
    EntryState.UNIDENTIFIED: "attention",
    EntryState.PROPOSED: "pending",
    EntryState.IDENTIFIED: "confirmed",
    EntryState.RETURNING: "pending",
}
MATCH_TITLES: dict[MatchState, Text] = {
    MatchState.PROPOSED: Text("待另一位财务复核", "Waits for another officer"),
    MatchState.CONFIRMED: Text("已复核", "Confirmed"),
    MatchState.REJECTED: Text("已否决", "Rejected"),
}
KIND_TITLES: dict[MatchKind, Text] = {
    MatchKind.TRADE: Text("支付交易", "Pays a trade"),
    MatchKind.PAYOUT: Text("支付渠道打款到账", "A provider's payout arrived"),
    MatchKind.RETURN: Text("退回付款方", "Goes back to the payer"),
    MatchKind.INTEREST: Text("利息收入", "Interest"),
    MatchKind.BANK_CHARGE: Text("银行退回的手续费", "A bank charge given back"),
    MatchKind.OWN_FUNDS: Text("平台自有资金转入", "The platform's own money"),
    MatchKind.OTHER: Text("其他收入（请写明依据）", "Other money; say what it is"),
}
# What is said once a second officer has confirmed it.
BOOKED = Text("已复核，款项已入账", "Confirmed; the money is booked")
CONFIRMED: dict[MatchKind, Text] = {
    MatchKind.RETURN: Text(
        "已复核；这笔款等列入银行退款清单，退给付款方",
        "Confirmed; it waits for a refund list, by which it goes back to the payer",
    ),
    MatchKind.TRADE: Text("已复核，款项已记入这笔交易", "Confirmed; the money is the trade's now"),
    MatchKind.PAYOUT: Text(
        "已复核，渠道打款已到账", "Confirmed; the provider's payout has arrived"
    ),
}
