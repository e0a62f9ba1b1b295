"""The API of units' spending."""

import uuid
from typing import Any

from flask import Response

from marketplace import clock
from marketplace.http import FILE, ApiBlueprint, attached, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from marketplace.spreadsheets import XLSX
from orders.spending import documents, service
from orders.spending.schemas import SpendingQuerySchema, SpendingSchema

blp = ApiBlueprint(
    "spending", __name__, url_prefix="/api/v1/buying-units", description="采购支出 Spending"
)


@blp.route("/<uuid:unit_id>/spending", methods=["GET"])
@requires(Permission.SPENDING_READ)
@blp.arguments(SpendingQuerySchema, location="query")
@blp.response(200, SpendingSchema)
def get_unit_spending(query: dict[str, Any], unit_id: uuid.UUID) -> service.Spending:
    """Show what a unit spent in a year, net of refunds, beside its reserved share and invoices."""
    return _spending(query, unit_id)


@blp.route("/<uuid:unit_id>/spending.xlsx", methods=["GET"])
@requires(Permission.SPENDING_READ)
@blp.arguments(SpendingQuerySchema, location="query")
@blp.response(200, FILE, content_type=XLSX)
def download_unit_spending(query: dict[str, Any], unit_id: uuid.UUID) -> Response:
    """Take a unit's spending of a year as a spreadsheet with every order."""
    spending = _spending(query, unit_id)
    body = documents.write_spending_xlsx(spending)
    return attached(body, XLSX, f"spending-{spending.year}.xlsx")


def _spending(query: dict[str, Any], unit_id: uuid.UUID) -> service.Spending:
    return service.get_spending(
        current_actor(),
        unit_id,
        year=query["year"] or clock.today().year,
        includes_below=query["includes_below"],
    )
