"""When people are told: as soon as it happened, and new orders twice a day."""

from collections.abc import Sequence

from marketplace import jobs
from marketplace.database import transaction
from marketplace.notices.service import is_news, tell
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.models import Event
from marketplace.outbox.spreading import listen
from orders.notices import digests, telling


@listen("notices", telling.KINDS)
def note(events: Sequence[Event]) -> None:
    """Write what people are told of events; what happened long ago is told without waking anybody."""
    fresh = [event for event in events if is_news(event.at)]
    old = [event for event in events if not is_news(event.at)]
    tell(telling.compose(fresh))
    tell(telling.compose(old), is_news=False)


@listen("order_digests", {EventKind.ORDER_PAID})
def add_to_digests(events: Sequence[Event]) -> None:
    """Sum up new orders for their cooperatives."""
    digests.add(events)


@jobs.periodic("5 1,8 * * *", "orders.send_order_digests")
def send_order_digests() -> None:
    """Tell cooperatives of their new orders, at 9:05 and 16:05 in Shanghai."""
    told = 500
    while told == 500:
        with transaction():
            told = digests.send()
