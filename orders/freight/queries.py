"""Every select on freight templates; templates are public to read, their cooperative's to change."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select, true

from marketplace import cursors
from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.freight.errors import FreightTemplateNotFound
from orders.freight.models import FreightTemplate, FreightZone, FreightZoneRegion, ProductFreight
from partners.cooperatives.queries import find_names
from products.catalogue.models import ListingState, Product, Sku

LIST_ORDER: cursors.Keys = [(FreightTemplate.is_default, "desc"), (FreightTemplate.id, "asc")]


@dataclass(frozen=True, slots=True)
class WholeZone:
    """A zone with its regions; none for "everywhere else"."""

    zone: FreightZone
    region_codes: Sequence[str]


@dataclass(frozen=True, slots=True)
class WholeTemplate:
    """A template with its zones, in their order."""

    template: FreightTemplate
    zones: Sequence[WholeZone]


def manageable_by(actor: Actor) -> ColumnElement[bool]:
    """Return which templates the actor may change: those of the actor's cooperatives."""
    mine = actor.scopes(Permission.COOPERATIVE_WRITE, ScopeKind.COOPERATIVE)
    return FreightTemplate.cooperative_id.in_(mine)


def list_own_cooperatives(actor: Actor) -> dict[uuid.UUID, str]:
    """Return the cooperatives whose freight the actor sets, by id, with their names."""
    return find_names(actor.scopes(Permission.COOPERATIVE_WRITE, ScopeKind.COOPERATIVE))


def select_templates(cooperative_id: uuid.UUID) -> Select[FreightTemplate]:
    """Select a cooperative's templates: what sending costs is public."""
    return select(FreightTemplate).where(FreightTemplate.cooperative_id == cooperative_id)


def get_template(template_id: uuid.UUID, seen: ColumnElement[bool] | None = None) -> WholeTemplate:
    """Return a template among those in a row filter; raises FreightTemplateNotFound."""
    return with_zones([_one(template_id, seen)])[0]


def lock_template(template_id: uuid.UUID, seen: ColumnElement[bool]) -> FreightTemplate:
    """Return a template among those in a row filter, its cooperative's templates all held.

    Raises FreightTemplateNotFound.
    """
    hold_templates(_one(template_id, seen).cooperative_id)
    return _one(template_id, seen, lock=True)


def lock_chosen(template_id: uuid.UUID, cooperative_id: uuid.UUID) -> FreightTemplate:
    """Return a cooperative's template, kept from removal; raises FreightTemplateNotFound."""
    return _one(template_id, FreightTemplate.cooperative_id == cooperative_id, lock=True)


def hold_templates(cooperative_id: uuid.UUID) -> None:
    """Hold back others who write the same cooperative's templates, until this transaction ends.

    Names and the default are each one's against all the others.
    """
    key = func.hashtextextended(f"freight templates {cooperative_id}", 0)
    db.session.execute(select(func.pg_advisory_xact_lock(key)))


def _one(
    template_id: uuid.UUID, seen: ColumnElement[bool] | None, *, lock: bool = False
) -> FreightTemplate:
    statement = select(FreightTemplate).where(
        FreightTemplate.id == template_id, true() if seen is None else seen
    )
    if lock:
        statement = statement.with_for_update()
    found = db.session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise FreightTemplateNotFound
    return found


def with_zones(templates: Sequence[FreightTemplate]) -> list[WholeTemplate]:
    """Return templates with their zones and regions; two selects for any number."""
    ids = [template.id for template in templates]
    owners = {template.cooperative_id for template in templates}
    codes: dict[uuid.UUID, list[str]] = {}
    regions = select(FreightZoneRegion.zone_id, FreightZoneRegion.region_code).where(
        FreightZoneRegion.cooperative_id.in_(owners), FreightZoneRegion.template_id.in_(ids)
    )
    for row in db.session.execute(regions.order_by(FreightZoneRegion.region_code)):
        codes.setdefault(row.zone_id, []).append(row.region_code)
    zones: dict[uuid.UUID, list[WholeZone]] = {template_id: [] for template_id in ids}
    found = select(FreightZone).where(
        FreightZone.cooperative_id.in_(owners), FreightZone.template_id.in_(ids)
    )
    for zone in db.session.scalars(found.order_by(FreightZone.position)):
        zones[zone.template_id].append(WholeZone(zone, codes.get(zone.id, ())))
    return [WholeTemplate(template, zones[template.id]) for template in templates]


def list_templates(cooperative_ids: Collection[uuid.UUID]) -> list[WholeTemplate]:
    """Return the templates of cooperatives whole, each cooperative's default first."""
    statement = select(FreightTemplate).where(FreightTemplate.cooperative_id.in_(cooperative_ids))
    ordered = statement.order_by(
        FreightTemplate.cooperative_id, FreightTemplate.is_default.desc(), FreightTemplate.id
    )
    return with_zones(db.session.scalars(ordered).all())


def count_products(template_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Count the products that have chosen each template."""
    counted = (
        select(ProductFreight.template_id, func.count().label("counted"))
        .where(ProductFreight.template_id.in_(template_ids))
        .group_by(ProductFreight.template_id)
    )
    return {row.template_id: row.counted for row in db.session.execute(counted)}


def has_default(cooperative_id: uuid.UUID) -> bool:
    """Tell whether a cooperative has a default template."""
    statement = select_templates(cooperative_id).where(FreightTemplate.is_default)
    return db.session.scalar(statement.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class ProductChoice:
    """A product on offer and the template that it has chosen, if any."""

    id: uuid.UUID
    name: str
    template_id: uuid.UUID | None


def list_product_choices(cooperative_id: uuid.UUID, limit: int = 500) -> list[ProductChoice]:
    """Return a cooperative's products that are not withdrawn, with their templates, by name."""
    statement = (
        select(Product.id, Product.name, ProductFreight.template_id)
        .outerjoin(
            ProductFreight,
            (ProductFreight.cooperative_id == Product.cooperative_id)
            & (ProductFreight.product_id == Product.id),
        )
        .where(Product.cooperative_id == cooperative_id, Product.state != ListingState.WITHDRAWN)
        .order_by(Product.name_key, Product.id)
        .limit(limit)
    )
    return [ProductChoice(*row) for row in db.session.execute(statement)]


def list_sku_choices(
    cooperative_ids: Collection[uuid.UUID], limit: int = 200
) -> list[tuple[uuid.UUID, str]]:
    """Return specs on sale with a name to choose them by, for a preview of their freight."""
    statement = (
        select(Sku.id, Product.name, Sku.spec)
        .join(
            Product,
            (Product.cooperative_id == Sku.cooperative_id) & (Product.id == Sku.product_id),
        )
        .where(Sku.cooperative_id.in_(cooperative_ids), Sku.is_active)
        .where(Product.state != ListingState.WITHDRAWN)
        .order_by(Product.name_key, Sku.id)
        .limit(limit)
    )
    return [(row.id, f"{row.name} {row.spec}") for row in db.session.execute(statement)]
