"""The API of credits: the rules, the sales that wait for an office, and what it decides."""

from typing import Any
from uuid import UUID

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, ListQuerySchema, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from partners.credits import queries, reviews, rulebook
from partners.credits.models import CountingRule, Sale
from partners.credits.schemas import (
    AddRuleSchema,
    CountingRulePageSchema,
    CountingRuleSchema,
    CreditedSaleDetailSchema,
    CreditedSalePageSchema,
    NoteSchema,
    ReattributeSaleSchema,
    RuleQuerySchema,
    SettleTieSchema,
)

blp = ApiBlueprint(
    "credits", __name__, url_prefix="/api/v1", description="计入 What sales count for"
)


@blp.route("/counting-rules", methods=["GET"])
@requires(Permission.RULE_READ)
@blp.arguments(RuleQuerySchema, location="query")
@blp.response(200, CountingRulePageSchema)
def list_counting_rules(query: dict[str, Any]) -> Page[CountingRule]:
    """List the versions of every scheme's rule, or those in force on a day."""
    statement = queries.select_rules(on=query["on"])
    return paginate(statement, queries.RULE_ORDER, query["limit"], query["after"])


@blp.route("/counting-rules", methods=["POST"])
@requires(Permission.RULE_WRITE)
@idempotent
@blp.arguments(AddRuleSchema)
@blp.response(201, CountingRuleSchema)
def add_counting_rule(command: dict[str, Any]) -> CountingRule:
    """Add the next version of a scheme's rule; the one before ends on the day before."""
    with transaction():
        return rulebook.add_rule_version(current_actor(), **command)


@blp.route("/held-sales", methods=["GET"])
@requires(Permission.REPORT_READ)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, CreditedSalePageSchema)
def list_held_sales(query: dict[str, Any]) -> Page[Sale]:
    """List the sales of the caller's region whose credit waits for an office, the oldest first."""
    statement = queries.select_held(current_actor())
    return paginate(statement, queries.HELD_ORDER, query["limit"], query["after"])


@blp.route("/credited-sales/<uuid:line_id>", methods=["GET"])
@requires(Permission.REPORT_READ)
@blp.response(200, CreditedSaleDetailSchema)
def get_credited_sale(line_id: UUID) -> dict[str, Any]:
    """Show a sale's facts, what it counts for under each scheme, and every movement."""
    return _shown(queries.get_sale(current_actor(), line_id))


@blp.route("/credited-sales/<uuid:line_id>/hold", methods=["POST"])
@requires(Permission.CREDIT_REVIEW)
@idempotent
@blp.arguments(NoteSchema)
@blp.response(200, CreditedSaleDetailSchema)
def hold_credit(command: dict[str, Any], line_id: UUID) -> dict[str, Any]:
    """Hold a doubtful sale's credit until it has been looked at."""
    with transaction():
        reviews.hold_sale(current_actor(), line_id, **command)
        return _shown(queries.get_sale(current_actor(), line_id))


@blp.route("/credited-sales/<uuid:line_id>/release", methods=["POST"])
@requires(Permission.CREDIT_REVIEW)
@idempotent
@blp.arguments(NoteSchema)
@blp.response(200, CreditedSaleDetailSchema)
def release_credit(command: dict[str, Any], line_id: UUID) -> dict[str, Any]:
    """Let a held sale's credit go on."""
    with transaction():
        reviews.release_sale(current_actor(), line_id, **command)
        return _shown(queries.get_sale(current_actor(), line_id))


@blp.route("/credited-sales/<uuid:line_id>/refuse", methods=["POST"])
@requires(Permission.CREDIT_REVIEW)
@idempotent
@blp.arguments(NoteSchema)
@blp.response(200, CreditedSaleDetailSchema)
def refuse_credit(command: dict[str, Any], line_id: UUID) -> dict[str, Any]:
    """Let a held sale count nowhere."""
    with transaction():
        reviews.refuse_sale(current_actor(), line_id, **command)
        return _shown(queries.get_sale(current_actor(), line_id))


@blp.route("/credited-sales/<uuid:line_id>/settle", methods=["POST"])
@requires(Permission.CREDIT_REVIEW)
@idempotent
@blp.arguments(SettleTieSchema)
@blp.response(200, CreditedSaleDetailSchema)
def settle_credit_tie(command: dict[str, Any], line_id: UUID) -> dict[str, Any]:
    """Choose the pairing that a sale counts for, where several tie."""
    with transaction():
        reviews.settle_tie(current_actor(), line_id, **command)
        return _shown(queries.get_sale(current_actor(), line_id))


@blp.route("/credited-sales/<uuid:line_id>/reattribute", methods=["POST"])
@requires(Permission.CREDIT_REVIEW)
@idempotent
@blp.arguments(ReattributeSaleSchema)
@blp.response(200, CreditedSaleDetailSchema)
def reattribute_credit(command: dict[str, Any], line_id: UUID) -> dict[str, Any]:
    """Let a sale count for another unit or region."""
    with transaction():
        actor = current_actor()
        sale = queries.get_sale(actor, line_id)
        reviews.reattribute_sale(actor, line_id, **command)
        return _shown(sale)


def _shown(sale: Sale) -> dict[str, Any]:
    return {
        "sale": sale,
        "outcomes": queries.list_outcomes([sale.id]),
        "movements": queries.list_movements(sale),
    }
