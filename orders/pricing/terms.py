"""The terms on which goods are sold now, read in one statement because every purchase passes here."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from marketplace.statements import fetch_one
from orders.freight.charging import Charges
from orders.freight.models import Basis
from partners.regions.queries import tree
from products.catalogue.queries import SellableSku


@dataclass(frozen=True, slots=True, kw_only=True)
class FreightMatch:
    """What a template says of the place asked about.

    ``charges`` is None where it is not served. ``differs_by_place``: another place may get another
    answer, so one given without a place is only a guess.
    """

    template_id: uuid.UUID
    basis: Basis
    charges: Charges | None
    differs_by_place: bool


@dataclass(slots=True)
class Terms:
    """Freight by product or cooperative, as it is at this moment."""

    by_cooperative: dict[uuid.UUID, FreightMatch] = field(default_factory=dict)
    by_product: dict[uuid.UUID, FreightMatch] = field(default_factory=dict)

    def freight_of(self, sku: SellableSku) -> FreightMatch | None:
        """Return what sends a SKU; None where its cooperative has set nothing: sending is free."""
        return self.by_product.get(sku.product_id) or self.by_cooperative.get(sku.cooperative_id)


# A place is asked about by its path, the province first: of the zones that name a part of the
# path the one that names the last is the most specific, and "everywhere else" comes after all.
_FREIGHT = """
SELECT jsonb_agg(jsonb_build_array(t.id, t.cooperative_id, t.basis, t.is_default, chosen.products,
    named.any, zone.id IS NOT NULL AND zone.is_served, zone.first_units, zone.first_fen,
    zone.further_units, zone.further_fen, zone.free_from_fen, zone.free_from_pieces))
FROM freight_templates t
CROSS JOIN LATERAL (
    SELECT array_agg(p.product_id) AS products FROM product_freight p
    WHERE p.cooperative_id = t.cooperative_id AND p.template_id = t.id
      AND p.product_id = ANY((SELECT CAST(%(product_ids)s AS uuid[]))::uuid[])
) chosen
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM freight_zone_regions r
        WHERE r.cooperative_id = t.cooperative_id AND r.template_id = t.id
    ) AS any
) named
LEFT JOIN LATERAL (
    SELECT z.* FROM freight_zones z
    LEFT JOIN freight_zone_regions r ON r.cooperative_id = z.cooperative_id AND r.zone_id = z.id
         AND r.region_code = ANY(CAST(%(path)s AS text[]))
    WHERE z.cooperative_id = t.cooperative_id AND z.template_id = t.id
      AND (z.covers_rest OR r.id IS NOT NULL)
    ORDER BY array_position(CAST(%(path)s AS text[]), r.region_code) DESC NULLS LAST
    LIMIT 1
) zone ON true
WHERE t.cooperative_id = ANY((SELECT CAST(%(cooperative_ids)s AS uuid[]))::uuid[])
  AND (t.is_default OR chosen.products IS NOT NULL)
"""

# The ids come by a subselect, which hides how many they are, so that one plan serves them all.
_TERMS = f"SELECT ({_FREIGHT}) AS freight"


def load_terms(skus: Iterable[SellableSku], ship_to_code: str | None) -> Terms:
    """Return the terms of SKUs, for a place of delivery or (None) as far as it does not matter."""
    wanted = list(skus)
    if not wanted:
        return Terms()
    row = fetch_one(
        _TERMS,
        {
            "cooperative_ids": list({sku.cooperative_id for sku in wanted}),
            "product_ids": list({sku.product_id for sku in wanted}),
            "path": list(tree().path(ship_to_code)) if ship_to_code else [],
        },
    )
    return _terms(row.freight)


def _terms(freight: Sequence[Sequence[Any]] | None) -> Terms:
    terms = Terms()
    for template_id, cooperative_id, basis, is_default, products, named, served, *charges in (
        freight or ()
    ):
        match = FreightMatch(
            template_id=uuid.UUID(template_id),
            basis=Basis(basis),
            charges=_charges(charges) if served else None,
            differs_by_place=named,
        )
        if is_default:
            terms.by_cooperative[uuid.UUID(cooperative_id)] = match
        for product_id in products or ():
            terms.by_product[uuid.UUID(product_id)] = match
    return terms


def _charges(values: Sequence[int | None]) -> Charges:
    first_units, first_fen, further_units, further_fen, free_from_fen, free_from_pieces = values
    return Charges(
        first_units=first_units or 1,
        first_fen=first_fen or 0,
        further_units=further_units or 1,
        further_fen=further_fen or 0,
        free_from_fen=free_from_fen,
        free_from_pieces=free_from_pieces,
    )
