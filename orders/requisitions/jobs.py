"""Requisitions that nobody decided end by themselves."""

from marketplace import clock, jobs
from marketplace.database import transaction
from orders.requisitions import queries, service

BATCH = 200


@jobs.periodic("*/10 * * * *", "orders.expire_requisitions")
def expire_requisitions() -> None:
    """Expire open requisitions whose time is over, each in a transaction of its own."""
    with transaction():
        overdue = queries.list_overdue(clock.now(), BATCH)
    for requisition_id in overdue:
        with transaction():
            service.expire_requisition(requisition_id)
