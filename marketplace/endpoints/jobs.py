"""Listening to what happens, delivering it, and forgetting the log in time."""

from collections.abc import Sequence
from datetime import timedelta

from marketplace import clock, jobs
from marketplace.database import transaction
from marketplace.endpoints import delivering, service
from marketplace.outbox.models import Event
from marketplace.outbox.spreading import listen
from marketplace.statements import fetch_one

LOG_KEPT = timedelta(days=30)
PRUNED_AT_ONCE = 5000


@listen("webhooks")
def queue_deliveries(events: Sequence[Event]) -> None:
    """Write down for which endpoints events are."""
    service.queue(events)


@jobs.task(service.DELIVER_JOB)
def deliver() -> None:
    """Deliver what is due."""
    delivering.deliver_due()


@jobs.periodic("* * * * *", "webhooks.deliver_due")
def deliver_due() -> None:
    """Try again what is due again, and what a worker that died had taken."""
    delivering.deliver_due()


_PRUNE = """
WITH old AS (
    SELECT endpoint_id, id FROM webhook_deliveries WHERE created_at < %(before)s
      AND (lease_ends_at IS NULL OR lease_ends_at < %(before)s) LIMIT %(most)s
), attempts AS (
    DELETE FROM webhook_attempts a USING old
    WHERE a.endpoint_id = old.endpoint_id AND a.delivery_id = old.id
    RETURNING a.id
), deliveries AS (
    DELETE FROM webhook_deliveries d USING old WHERE d.id = old.id RETURNING d.id
)
SELECT (SELECT count(*) FROM attempts) AS attempts, (SELECT count(*) FROM deliveries) AS pruned
"""


@jobs.periodic("17 4 * * *", "webhooks.prune_log")
def prune_log() -> None:
    """Forget deliveries and tries past their time, in steps."""
    values = {"before": clock.now() - LOG_KEPT, "most": PRUNED_AT_ONCE}
    is_more_left = True
    while is_more_left:
        with transaction():
            is_more_left = fetch_one(_PRUNE, values).pruned == PRUNED_AT_ONCE
