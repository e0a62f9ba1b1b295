"""From what was agreed to what is judged: the sale facts of an order line."""

from typing import Any

from sqlalchemy import Row

from partners.credits.facts import ProductKind, SaleFacts


def sale_facts(line: Row[Any]) -> SaleFacts:
    """Return the facts of a paid line; ``line`` carries the order's columns beside its own."""
    return SaleFacts(
        line_id=line.id,
        sale_on=line.sale_on,
        cooperative_id=line.cooperative_id,
        cooperative_name=line.cooperative_name,
        product_id=line.product_id,
        product_name=line.product_name,
        category=line.category_code,
        product_kind=ProductKind(line.product_kind),
        origin_code=line.origin_code,
        quantity=line.quantity,
        unit=line.unit,
        amount_fen=line.net_fen,
        freight_fen=line.freight_fen,
        buying_unit_id=line.buying_unit_id,
        buying_unit_name=line.buying_unit_name,
        buying_unit_kind=line.buying_unit_kind,
        attribution_code=line.attribution_code,
        channel=line.channel,
        outlet_id=line.outlet_id,
        certificate_no=line.certificate_no,
        certificate_valid_from=line.certificate_valid_from,
        certificate_valid_to=line.certificate_valid_to,
        certificate_state=line.certificate_state,
        is_food_or_farm=line.is_food_or_farm,
    )
