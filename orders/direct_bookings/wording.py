"""Direct bookings in words."""

from marketplace.language import Text
from orders.direct_bookings.models import BookingState
from orders.journal.direct_entries import Purpose

PURPOSES: dict[Purpose, Text] = {
    Purpose.BANK_CHARGE: Text("银行手续费", "Bank charge"),
    Purpose.INTEREST: Text("利息", "Interest"),
    Purpose.PROVIDER_FEE: Text("支付渠道手续费更正", "Provider's fee, corrected"),
    Purpose.OWN_FUNDS: Text("平台自有资金收付", "The platform's own money"),
    Purpose.OTHER: Text("其他（尾差等，请写明理由）", "Something else, such as rounding; say why"),
}
STATES: dict[BookingState, tuple[Text, str]] = {
    BookingState.PROPOSED: (Text("待另一位财务复核", "Waits for another officer"), "pending"),
    BookingState.CONFIRMED: (Text("已入账", "Booked"), "confirmed"),
    BookingState.REJECTED: (Text("未通过", "Not agreed"), ""),
}
