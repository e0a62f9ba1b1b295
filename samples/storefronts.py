"""A sample storefront that is told of statements and disputes by webhook, with a test in its log."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.database import db, transaction
from marketplace.endpoints.models import Endpoint
from marketplace.endpoints.service import register_endpoint, send_test
from marketplace.outbox.kinds import EventKind
from marketplace.permissions import ScopeKind
from products.catalogue.models import Sku
from samples.purchases import find_sku, manager_of
from samples.terms import TEA

# A name that the Internet keeps for examples: nobody answers, and the log says so.
URL = "https://storefront.example/jiedui/hooks"
KINDS = (EventKind.STATEMENT_ISSUED, EventKind.DISPUTE_OPENED)


def tell_a_storefront() -> None:
    """Register the endpoint of the cooperative in Nanjiang, unless there is one."""
    with transaction():
        if db.session.scalar(select(Endpoint.id).limit(1)) is not None:
            return
        cooperative_id = db.session.get_one(Sku, find_sku(*TEA)).cooperative_id
        manager = manager_of(cooperative_id)
        endpoint, _ = register_endpoint(
            manager,
            scope_kind=ScopeKind.COOPERATIVE,
            scope_id=cooperative_id,
            label="示例网店",
            url=URL,
            kinds=KINDS,
        )
        send_test(manager, endpoint.id)
