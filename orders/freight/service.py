"""Use cases of freight templates: write, change, drop, choose. Orders placed keep what they agreed."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.language import Text
from orders.freight import queries
from orders.freight.errors import (
    FreightTemplateInUse,
    FreightTemplateNameTaken,
    FreightZonesWrong,
)
from orders.freight.models import (
    Basis,
    FreightTemplate,
    FreightZone,
    FreightZoneRegion,
    ProductFreight,
)
from partners.regions.queries import tree
from products.catalogue.models import Product

Zones = Sequence[dict[str, Any]]


def create_template(
    actor: Actor,
    cooperative_id: uuid.UUID,
    *,
    name: str,
    basis: Basis,
    zones: Zones,
    is_default: bool = False,
) -> FreightTemplate:
    """Write a cooperative's template. ``zones``: the schema's; a first one becomes the default.

    Raises FreightTemplateNameTaken, FreightZonesWrong.
    """
    queries.hold_templates(cooperative_id)
    is_default = is_default or not queries.has_default(cooperative_id)
    if is_default:
        _end_default(cooperative_id)
    template_id = db.session.scalar(
        insert(FreightTemplate)
        .values(
            id=new_id(),
            cooperative_id=cooperative_id,
            name=name,
            basis=basis,
            is_default=is_default,
            version=1,
            changed_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["cooperative_id", "name"])
        .returning(FreightTemplate.id)
    )
    if template_id is None:
        raise FreightTemplateNameTaken
    template = db.session.get_one(FreightTemplate, template_id)
    _write_zones(template, zones)
    _audit(actor, "freight_template.created", template, zones)
    return template


def change_template(
    actor: Actor,
    template: FreightTemplate,
    *,
    name: str,
    basis: Basis,
    zones: Zones,
    is_default: bool = False,
) -> None:
    """Write a locked template anew. A default stays one until another becomes it.

    Raises FreightTemplateNameTaken, FreightZonesWrong.
    """
    if name != template.name and _is_taken(template.cooperative_id, name):
        raise FreightTemplateNameTaken
    if is_default and not template.is_default:
        _end_default(template.cooperative_id)
        template.is_default = True
    template.name = name
    template.basis = basis
    template.version += 1
    template.changed_at = clock.now()
    db.session.flush()
    _erase_zones(template)
    _write_zones(template, zones)
    _audit(actor, "freight_template.changed", template, zones)


def remove_template(actor: Actor, template: FreightTemplate) -> None:
    """Drop a locked template that no product has chosen. Without a default, sending is free.

    Raises FreightTemplateInUse.
    """
    if queries.count_products([template.id]):
        raise FreightTemplateInUse
    audit.record(
        "freight_template.removed", "freight_template", template.id, actor=actor,
        before={"name": template.name, "is_default": template.is_default},
    )  # fmt: skip
    _erase_zones(template)
    db.session.delete(template)
    db.session.flush()


def choose_template(actor: Actor, product: Product, template_id: uuid.UUID | None) -> None:
    """Send a locked product by a template of its cooperative, or (None) by the default.

    Raises FreightTemplateNotFound for a template of another cooperative.
    """
    if template_id is None:
        db.session.execute(
            delete(ProductFreight).where(
                ProductFreight.cooperative_id == product.cooperative_id,
                ProductFreight.product_id == product.id,
            )
        )
    else:
        # Locked against removal: the choice must not point at a template that is going.
        queries.lock_chosen(template_id, product.cooperative_id)
        chosen = insert(ProductFreight).values(
            id=new_id(),
            cooperative_id=product.cooperative_id,
            product_id=product.id,
            template_id=template_id,
        )
        db.session.execute(
            chosen.on_conflict_do_update(
                index_elements=["cooperative_id", "product_id"], set_={"template_id": template_id}
            )
        )
    audit.record(
        "freight_template.chosen", "product", product.id, actor=actor,
        after={"template_id": str(template_id) if template_id else None},
    )  # fmt: skip


def _is_taken(cooperative_id: uuid.UUID, name: str) -> bool:
    same = queries.select_templates(cooperative_id).where(FreightTemplate.name == name)
    return db.session.scalar(same) is not None


def _end_default(cooperative_id: uuid.UUID) -> None:
    db.session.execute(
        update(FreightTemplate)
        .where(FreightTemplate.cooperative_id == cooperative_id, FreightTemplate.is_default)
        .values(is_default=False)
    )


def _erase_zones(template: FreightTemplate) -> None:
    for table in (FreightZoneRegion, FreightZone):
        db.session.execute(
            delete(table).where(
                table.cooperative_id == template.cooperative_id,
                table.template_id == template.id,
            )
        )


def _write_zones(template: FreightTemplate, zones: Zones) -> None:
    _check_zones(zones)
    for position, zone in enumerate(zones, start=1):
        facts = {name: value for name, value in zone.items() if name != "region_codes"}
        codes = zone["region_codes"]
        owner = {"cooperative_id": template.cooperative_id, "template_id": template.id}
        zone_id = new_id()
        db.session.add(
            FreightZone(id=zone_id, position=position, covers_rest=not codes, **owner, **facts)
        )
        db.session.flush()
        db.session.add_all(
            FreightZoneRegion(id=new_id(), zone_id=zone_id, region_code=code, **owner)
            for code in codes
        )
    db.session.flush()


def _check_zones(zones: Zones) -> None:
    """Refuse unknown regions, a region in two zones, and more than one zone for all the rest."""
    fields: dict[str, Text] = {}
    seen: set[str] = set()
    rests = 0
    for index, zone in enumerate(zones):
        where = f"zones.{index}.region_codes"
        unknown = [code for code in zone["region_codes"] if code not in tree()]
        if unknown:
            fields[where] = Text("没有这个地区：{codes}", "No such region: {codes}").format(
                codes=", ".join(unknown)
            )
        repeated = [code for code in zone["region_codes"] if code in seen]
        if repeated and not unknown:
            names = ", ".join(tree().full_name(code) for code in repeated)
            fields[where] = Text(
                "同一地区只能写在一处：{names}", "A region stands in one zone only: {names}"
            ).format(names=names)
        seen.update(zone["region_codes"])
        rests += not zone["region_codes"]
        if rests > 1:
            fields[where] = Text(
                "“其他地区”只能有一条", "There can be only one zone for everywhere else"
            )
    if fields:
        raise FreightZonesWrong(fields=fields)


def _audit(actor: Actor, action: str, template: FreightTemplate, zones: Zones) -> None:
    audit.record(
        action,
        "freight_template",
        template.id,
        actor=actor,
        after={
            "name": template.name,
            "basis": str(template.basis),
            "is_default": template.is_default,
            "zones": [dict(zone) for zone in zones],
        },
    )
