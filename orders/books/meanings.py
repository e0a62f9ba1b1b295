"""What the codes in the audit trail's facts mean, where a capability above the floor writes them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from marketplace.audit_trail.meanings import explain_with
from marketplace.language import Text
from marketplace.notices.groups import NoticeGroup
from orders.aftersales.rules import KIND_TITLES as CASES
from orders.bank_entries.wording import KIND_TITLES as MATCHES
from orders.direct_bookings.wording import PURPOSES
from orders.invoices.states import InvoiceKind
from orders.papers.models import PaperKind
from orders.pickups.models import PickupRule
from orders.reconciliation.kinds import WORDINGS
from orders.reconciliation.showing import ITEMS
from partners.outlets.models import OutletKind
from products.stock.models import StockMoveKind

_Code = TypeVar("_Code", bound=StrEnum)


def _by_code(words: Mapping[_Code, Text]) -> dict[str, Text]:
    return {str(code): said for code, said in words.items()}


_INVOICES: dict[str, Text] = {
    InvoiceKind.BLUE: Text("蓝字发票", "Invoice"),
    InvoiceKind.RED: Text("红字发票", "Red invoice"),
}

_MEANT: dict[tuple[str, str], Mapping[str, Text]] = {
    ("account", "group"): {each: each.label for each in NoticeGroup},
    ("aftersales_case", "kind"): _by_code(CASES),
    ("bank_entry", "item"): _by_code(ITEMS),
    ("bank_entry", "kind"): _by_code(MATCHES),
    ("direct_booking", "item"): _by_code(ITEMS),
    ("direct_booking", "purpose"): _by_code(PURPOSES),
    ("invoice", "kind"): _INVOICES,
    ("order", "kind"): {each: each.label for each in PaperKind},
    ("outlet", "kind"): {each: each.label for each in OutletKind},
    ("cooperative", "rule"): {each: each.label for each in PickupRule},
    ("reconciliation_difference", "kind"): {kind: said.title for kind, said in WORDINGS.items()},
    ("sku", "kind"): {each: each.label for each in StockMoveKind},
}


def register() -> None:
    """Tell the audit trail what the codes mean."""
    for (kind, name), words in _MEANT.items():
        explain_with(kind, name, words)
