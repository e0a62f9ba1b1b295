"""A sample unit that has larger purchases approved: its approver, its rule, and one that waits."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from marketplace.permissions import Role
from orders.addresses.queries import list_addresses
from orders.addresses.service import Details, add_address
from orders.checkout.attribution import AttributionChoice
from orders.checkout.quoting import QuoteRequest, make_quote
from orders.checkout.sifting import Wanted
from orders.requisitions.models import Requisition
from orders.requisitions.service import submit_requisition
from partners.buying_units.approval import ruled_by, set_approval_rule
from partners.buying_units.models import BuyingUnit
from partners.buying_units.queries import lock_buying_unit
from samples import people
from samples.buyers import UNITS, find_unit
from samples.purchases import RECIPIENT, find_sku

APPROVER = "unit-approver-330783"
FROM_FEN = 200_000


def have_purchases_approved() -> None:
    """Give the school of Dongyang an approver, a threshold, a shared address and a requisition."""
    with transaction():
        unit = find_unit(UNITS[0])
        clerk = people.by_phone(UNITS[0].clerk_phone)
        if unit is None or unit.approval_from_fen is not None:
            return
        people.staff(APPROVER, Role.BUYING_UNIT_APPROVER, unit.id)
        locked = lock_buying_unit(unit.id, ruled_by(clerk))
        set_approval_rule(clerk, locked, approval_from_fen=FROM_FEN)
        if not list_addresses(clerk):
            details = Details(name=RECIPIENT.name, phone=RECIPIENT.phone,
                              address=RECIPIENT.address, label="学校食堂")  # fmt: skip
            add_address(clerk, details, region_code="330783", buying_unit_id=unit.id)
        if db.session.scalar(select(Requisition.id).limit(1)) is None:
            _ask(clerk, unit)


def _ask(clerk: Actor, unit: BuyingUnit) -> None:
    request = QuoteRequest(
        lines=[Wanted(find_sku("翡翠米", "10 千克"), 30)],
        ship_to_code="330783",
        attribution=AttributionChoice(buying_unit_id=unit.id),
    )
    digest = make_quote(clerk, request).digest
    submit_requisition(
        clerk, request, recipient=RECIPIENT, quote_digest=digest, purpose="示例：食堂十二月用米"
    )
