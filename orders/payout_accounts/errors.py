"""How a payout account can be missing."""

from marketplace.errors import NotFound
from marketplace.language import Text


class PayoutAccountNotSet(NotFound):
    title = Text("尚未登记收款账户", "No bank account is on file yet")
