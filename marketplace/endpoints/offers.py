"""Which kinds of events each sort of client may choose: those that can concern it."""

from marketplace.outbox.kinds import EventKind
from marketplace.permissions import ScopeKind

_SELLERS = {"order", "parcel", "pickup", "cancellation", "aftersales", "refund", "dispute", "invoice", "statement", "credit",
            "product", "certificate", "cooperative"}  # fmt: skip
_BUYERS = {"trade", "order", "parcel", "pickup", "cancellation", "aftersales", "refund", "requisition",
           "receivable", "invoice", "buying_unit"}  # fmt: skip


def _of(subjects: set[str]) -> tuple[EventKind, ...]:
    return tuple(kind for kind in EventKind if kind.subject in subjects)


OFFERED: dict[ScopeKind, tuple[EventKind, ...]] = {
    ScopeKind.COOPERATIVE: _of(_SELLERS),
    ScopeKind.BUYING_UNIT: _of(_BUYERS),
    ScopeKind.PLATFORM: tuple(EventKind),
}
