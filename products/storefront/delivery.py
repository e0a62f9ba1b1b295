"""What a product's page says of its delivery. The answer comes from the capability that owns freight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.language import Text
from partners.regions.picker import Picker


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where to, and for each spec what sending one piece costs, or that it is not sent there."""

    picker: Picker
    place_name: str | None
    words: dict[UUID, Text]
    refused: frozenset[UUID]


_tellers: list[Callable[[Sequence[UUID]], Delivery]] = []


def tell_delivery_with(teller: Callable[[Sequence[UUID]], Delivery]) -> None:
    """Say what sending specs to the reader costs; called by the capability that owns freight."""
    _tellers[:] = [teller]


def find_delivery(sku_ids: Sequence[UUID]) -> Delivery | None:
    """Return what is known of delivering some specs to the reader."""
    return _tellers[0](sku_ids) if _tellers else None
