"""Bank refund lists in words."""

from marketplace.language import Text
from orders.bank_refunds.models import ListState

# Heads the column of the papers in the file for the bank.
DOCUMENT = "退款单号"
LIST_TITLES: dict[ListState, Text] = {
    ListState.MADE: Text("待放行", "To be released"),
    ListState.RELEASED: Text("已放行", "Released"),
    ListState.REJECTED: Text("已作废", "Rejected"),
}
LIST_TONES: dict[ListState, str] = {
    ListState.MADE: "pending",
    ListState.RELEASED: "confirmed",
}
