"""The ways in which entering the opening balance can fail."""

from marketplace.errors import Conflict, Forbidden, NotFound, Unprocessable
from marketplace.language import Text


class BankOpeningNotFound(NotFound):
    title = Text("没有这笔期初余额", "There is no such opening balance")


class OpeningKnown(Conflict):
    title = Text(
        "期初余额已经确认，或正等另一位财务复核",
        "The opening balance is confirmed, or waits for another officer",
    )


class OpeningTooLate(Unprocessable):
    title = Text(
        "期初日不能晚于最早一笔银行流水（{first}），否则流水会算两次",
        "The opening day is no later than the first bank entry ({first}), or entries count twice",
    )


class OpeningAlreadyDecided(Conflict):
    title = Text("这笔期初余额已经处理过", "This opening balance has been decided already")


class OpeningConfirmedBySameOfficer(Forbidden):
    title = Text(
        "期初余额须由另一位财务人员复核，您是提出人",
        "An opening balance is confirmed by another officer than the one who entered it",
    )
