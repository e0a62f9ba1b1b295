"""Adding up targets: what was handed down is part of the wider target and never added to it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from partners.credits.rules import Scheme
from partners.pairings.book import PairingBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A quota with the amount in force on the day asked for."""

    quota_id: UUID
    scheme: Scheme
    pairing_id: UUID | None
    buying_unit_id: UUID | None
    region_code: str
    year: int
    amount_fen: int
    document: str


def includes(wider: Target, narrower: Target, book: PairingBook) -> bool:
    """Tell whether a target holds another that was handed down from it.

    The same pairing (or unit's, or county's) target of a region inside, or the target of a more
    specific pairing of the same relation inside both its regions.
    """
    if wider.quota_id == narrower.quota_id or wider.scheme is not narrower.scheme:
        return False
    regions = book.regions
    if not regions.is_inside(narrower.region_code, wider.region_code):
        return False
    if wider.scheme is Scheme.RESERVED_SHARE:
        # Each unit has its own; a parent unit's report adds its units' up by itself.
        return False
    if wider.pairing_id == narrower.pairing_id:
        return True
    if wider.pairing_id is None or narrower.pairing_id is None:
        return False
    outer, inner = book.get(wider.pairing_id), book.get(narrower.pairing_id)
    return (
        outer.relation is inner.relation
        and regions.is_inside(inner.east_code, outer.east_code)
        and regions.is_inside(inner.west_code, outer.west_code)
    )


def add_up(
    targets: Iterable[Target], book: PairingBook, where: Callable[[Target], bool] = lambda _: True
) -> int | None:
    """Return the sum of the widest targets among those chosen; None where there is none."""
    chosen = [target for target in targets if where(target)]
    widest = [t for t in chosen if not any(includes(other, t, book) for other in chosen)]
    return sum(target.amount_fen for target in widest) if widest else None
