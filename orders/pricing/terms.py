"""The terms on which goods are sold now, read in one statement because every purchase passes here."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from marketplace.statements import fetch_one
from orders.freight.charging import Charges
from orders.freight.models import Basis
from partners.regions.queries import VERSIONS, tree
from products.catalogue.queries import SellableSku
from products.offers.models import Period


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The price of one piece from a quantity on."""

    from_quantity: int
    price_fen: int
    is_for_units: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many pieces of a product, or of one spec of it, one buyer may order."""

    cooperative_id: uuid.UUID
    product_id: uuid.UUID
    sku_id: uuid.UUID | None
    per_order: int | None
    per_period: int | None
    period: Period | None


@dataclass(slots=True)
class Terms:
    """Freight, bulk prices and limits, as they are at this moment."""

    by_cooperative: dict[uuid.UUID, FreightMatch] = field(default_factory=dict)
    by_product: dict[uuid.UUID, FreightMatch] = field(default_factory=dict)

    steps: dict[uuid.UUID, list[Step]] = field(default_factory=dict)
    limits: list[Limit] = field(default_factory=list)

    # Of what sales are judged by, read along; None: nothing was read.
    versions: dict[str, str] | None = None

    # Of the pick-up point chosen: who sends there free of freight, and who nothing at all.
    free_for: frozenset[uuid.UUID] = frozenset()
    refused_by: frozenset[uuid.UUID] = frozenset()

    def price_of(self, sku: SellableSku, quantity: int, *, is_for_unit: bool) -> int:
        """Return what one piece costs in such a quantity, to a unit or to anybody: the lowest."""
        reached = [
            step.price_fen
            for step in self.steps.get(sku.sku_id, ())
            if step.from_quantity <= quantity and (is_for_unit or not step.is_for_units)
        ]
        return min([sku.price_fen, *reached])

    def freight_of(self, sku: SellableSku) -> FreightMatch | None:
        """Return what sends a SKU; None where its cooperative has set nothing: sending is free."""
        if sku.cooperative_id in self.free_for:
            return None
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

_STEPS = """
SELECT jsonb_agg(jsonb_build_array(s.sku_id, s.from_quantity, s.price_fen, s.is_for_units))
FROM price_steps s
WHERE s.cooperative_id = ANY((SELECT CAST(%(cooperative_ids)s AS uuid[]))::uuid[])
  AND s.sku_id = ANY((SELECT CAST(%(sku_ids)s AS uuid[]))::uuid[])
"""

_LIMITS = """
SELECT jsonb_agg(jsonb_build_array(b.cooperative_id, b.product_id, b.sku_id, b.per_order,
    b.per_period, b.period) ORDER BY b.id)
FROM buyer_limits b
WHERE b.cooperative_id = ANY((SELECT CAST(%(cooperative_ids)s AS uuid[]))::uuid[])
  AND b.product_id = ANY((SELECT CAST(%(product_ids)s AS uuid[]))::uuid[])
"""

# The ids come by a subselect, which hides how many they are, so that one plan serves them all.
_TERMS = (
    f"SELECT ({_FREIGHT}) AS freight, ({_STEPS}) AS steps, ({_LIMITS}) AS limits, "
    f"{VERSIONS} AS versions"
)


def load_terms(skus: Iterable[SellableSku], ship_to_code: str | None) -> Terms:
    """Return the terms of SKUs, for a place of delivery or (None) as far as it does not matter."""
    wanted = list(skus)
    if not wanted:
        return Terms()
    row = fetch_one(
        _TERMS,
        {
            "cooperative_ids": list({sku.cooperative_id for sku in wanted}),
            "sku_ids": [sku.sku_id for sku in wanted],
            "product_ids": list({sku.product_id for sku in wanted}),
            "path": list(tree().path(ship_to_code)) if ship_to_code else [],
        },
    )
    terms = _terms(row.freight)
    terms.versions = row.versions
    for sku_id, from_quantity, price_fen, is_for_units in row.steps or ():
        step = Step(from_quantity=from_quantity, price_fen=price_fen, is_for_units=is_for_units)
        terms.steps.setdefault(uuid.UUID(sku_id), []).append(step)
    terms.limits = [_limit(values) for values in row.limits or ()]
    return terms


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


def _limit(values: Sequence[Any]) -> Limit:
    cooperative_id, product_id, sku_id, per_order, per_period, period = values
    return Limit(
        cooperative_id=uuid.UUID(cooperative_id),
        product_id=uuid.UUID(product_id),
        sku_id=uuid.UUID(sku_id) if sku_id else None,
        per_order=per_order,
        per_period=per_period,
        period=Period(period) if period else None,
    )
