"""The API of freight templates: public to read, their cooperative's to write."""

import uuid
from typing import Any

from flask import Response

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import (
    ApiBlueprint,
    ListQuerySchema,
    check_if_match,
    etag_of,
    idempotent,
    requires,
)
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.freight import queries, service
from orders.freight.queries import WholeTemplate
from orders.freight.schemas import (
    ChooseTemplateSchema,
    FreightPreviewQuerySchema,
    FreightPreviewSchema,
    FreightTemplateCommandSchema,
    FreightTemplatePageSchema,
    FreightTemplateSchema,
)
from orders.pricing.preview import FreightPreview, preview_freight
from partners.cooperatives.queries import get_cooperative, manageable_by, visible_to
from products.catalogue.queries import lock_product

blp = ApiBlueprint("freight", __name__, url_prefix="/api/v1", description="运费模板 Freight")

Answer = tuple[WholeTemplate, int, dict[str, str]]


def _shown(template_id: uuid.UUID, status: int = 200) -> Answer:
    whole = queries.get_template(template_id)
    return whole, status, {"ETag": etag_of(whole.template.version)}


@blp.route("/cooperatives/<uuid:cooperative_id>/freight-templates", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, FreightTemplatePageSchema)
def list_freight_templates(query: dict[str, Any], cooperative_id: uuid.UUID) -> Page[WholeTemplate]:
    """List what a cooperative charges for sending, its default first. Without a template: nothing."""
    cooperative = get_cooperative(cooperative_id, visible_to(current_actor()))
    page = paginate(queries.select_templates(cooperative.id), queries.LIST_ORDER, **query)
    return Page(queries.with_zones(page.items), page.next)


@blp.route("/cooperatives/<uuid:cooperative_id>/freight-templates", methods=["POST"])
@requires(Permission.COOPERATIVE_WRITE)
@idempotent
@blp.arguments(FreightTemplateCommandSchema)
@blp.response(201, FreightTemplateSchema)
def create_freight_template(command: dict[str, Any], cooperative_id: uuid.UUID) -> Answer:
    """Write a freight template; a cooperative's first is its default."""
    actor = current_actor()
    with transaction():
        cooperative = get_cooperative(cooperative_id, manageable_by(actor))
        template = service.create_template(actor, cooperative.id, **command)
        return _shown(template.id, 201)


@blp.route("/freight-templates/<uuid:template_id>", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.response(200, FreightTemplateSchema)
def get_freight_template(template_id: uuid.UUID) -> Answer:
    """Show a freight template with its zones."""
    return _shown(template_id)


@blp.route("/freight-templates/<uuid:template_id>", methods=["PUT"])
@requires(Permission.COOPERATIVE_WRITE)
@blp.arguments(FreightTemplateCommandSchema)
@blp.response(200, FreightTemplateSchema)
def change_freight_template(command: dict[str, Any], template_id: uuid.UUID) -> Answer:
    """Write a freight template anew; orders already placed keep what they agreed."""
    actor = current_actor()
    with transaction():
        template = queries.lock_template(template_id, queries.manageable_by(actor))
        check_if_match(template.version)
        service.change_template(actor, template, **command)
        return _shown(template_id)


@blp.route("/freight-templates/<uuid:template_id>", methods=["DELETE"])
@requires(Permission.COOPERATIVE_WRITE)
@blp.response(204)
def remove_freight_template(template_id: uuid.UUID) -> Response:
    """Drop a freight template that no product has chosen."""
    actor = current_actor()
    with transaction():
        template = queries.lock_template(template_id, queries.manageable_by(actor))
        service.remove_template(actor, template)
    return Response(status=204)


@blp.route("/products/<uuid:product_id>/freight-template", methods=["PUT"])
@requires(Permission.PRODUCT_WRITE)
@blp.arguments(ChooseTemplateSchema)
@blp.response(200, ChooseTemplateSchema)
def choose_freight_template(command: dict[str, Any], product_id: uuid.UUID) -> dict[str, Any]:
    """Choose the template that sends a product; null goes back to the cooperative's default."""
    actor = current_actor()
    with transaction():
        service.choose_template(actor, lock_product(actor, product_id), **command)
    return command


@blp.route("/freight-preview", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.arguments(FreightPreviewQuerySchema, location="query")
@blp.response(200, FreightPreviewSchema)
def preview_freight_cost(query: dict[str, Any]) -> FreightPreview:
    """Say what sending pieces of a spec to a place would cost, or that it is not sent there."""
    return preview_freight(**query)
