"""The ways in which booking money of no sale can fail."""

from marketplace.errors import Conflict, Forbidden, NotFound, Unprocessable
from marketplace.language import Text


class DirectBookingNotFound(NotFound):
    title = Text("没有这笔直接入账", "There is no such booking")


class NotBookable(Conflict):
    title = Text(
        "这项差异不能直接入账：它已经相符、已有对应的付款，或不是人民币收支",
        "This difference cannot be booked: it is settled, has its payment, or is not in yuan",
    )


class BookedAlready(Conflict):
    title = Text(
        "这笔流水已经入账，或正等另一位财务复核",
        "This is booked already, or waits for another officer",
    )


class PurposeUnfit(Unprocessable):
    title = Text("这个用途不适用于这笔流水", "It cannot be that")


class BookingAlreadyDecided(Conflict):
    title = Text("这笔直接入账已经处理过", "This booking has been decided already")


class BookingConfirmedBySameOfficer(Forbidden):
    title = Text(
        "直接入账须由另一位财务人员复核，您是提出人",
        "A booking is confirmed by another officer than the one who proposed it",
    )
