"""The life of an invoice and the words for it: blue ones are asked for, red ones fall due."""

from collections.abc import Collection
from enum import StrEnum

from marketplace.language import Text


class InvoiceKind(StrEnum):
    """Blue: what was sold. Red: what of a blue one is taken back."""

    BLUE = "blue"
    RED = "red"

    @property
    def label(self) -> Text:
        """The kind's name for people."""
        return _KINDS[self]


class InvoiceType(StrEnum):
    """What the buyer's accounts need: the special one lets the buyer deduct the tax in it."""

    ORDINARY = "ordinary"
    SPECIAL = "special"

    @property
    def label(self) -> Text:
        """The type's name for people."""
        return _TYPES[self]


class InvoiceState(StrEnum):
    """Where an invoice stands. ``reversed``: red invoices have taken all of it back."""

    REQUESTED = "requested"
    ISSUED = "issued"
    REVERSED = "reversed"
    CANCELLED = "cancelled"
    DECLINED = "declined"

    @property
    def label(self) -> Text:
        """The state's name for people."""
        return _STATES[self]


class TaxTreatment(StrEnum):
    """How the issuer declares a line: exempt from VAT, or taxed at a rate."""

    EXEMPT = "exempt"
    TAXED = "taxed"

    @property
    def label(self) -> Text:
        """The treatment's name for people."""
        return _TREATMENTS[self]


class OrderInvoicing(StrEnum):
    """What the invoices of an order come to."""

    NONE = "none"
    REQUESTED = "requested"
    ISSUED = "issued"
    REVERSED = "reversed"

    @property
    def label(self) -> Text:
        """The standing's name for people."""
        return _ORDERS[self]


def standing_of(blue: Collection[InvoiceState]) -> OrderInvoicing:
    """Return what an order's blue invoices come to: what is under way counts before what is over."""
    for state, standing in (
        (InvoiceState.REQUESTED, OrderInvoicing.REQUESTED),
        (InvoiceState.ISSUED, OrderInvoicing.ISSUED),
        (InvoiceState.REVERSED, OrderInvoicing.REVERSED),
    ):
        if state in blue:
            return standing
    return OrderInvoicing.NONE


_KINDS = {
    InvoiceKind.BLUE: Text("发票", "invoice"),
    InvoiceKind.RED: Text("红字发票", "red invoice"),
}
_TYPES = {
    InvoiceType.ORDINARY: Text("普通发票", "ordinary invoice"),
    InvoiceType.SPECIAL: Text("专用发票", "special invoice"),
}
_STATES = {
    InvoiceState.REQUESTED: Text("已申请", "requested"),
    InvoiceState.ISSUED: Text("已开具", "issued"),
    InvoiceState.REVERSED: Text("已红冲", "reversed"),
    InvoiceState.CANCELLED: Text("已撤回", "withdrawn"),
    InvoiceState.DECLINED: Text("未受理", "declined"),
}
_TREATMENTS = {
    TaxTreatment.EXEMPT: Text("免税", "exempt"),
    TaxTreatment.TAXED: Text("征税", "taxed"),
}
_ORDERS = {
    OrderInvoicing.NONE: Text("未申请", "not asked for"),
    OrderInvoicing.REQUESTED: Text("已申请", "requested"),
    OrderInvoicing.ISSUED: Text("已开具", "issued"),
    OrderInvoicing.REVERSED: Text("已红冲", "reversed"),
}
