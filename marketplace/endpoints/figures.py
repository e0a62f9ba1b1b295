"""What operators see of webhooks: how many wait, and since when the oldest does."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily

from marketplace import clock
from marketplace.endpoints import queries


def measure() -> Iterator[GaugeMetricFamily]:
    """Return the backlog of endpoints that are not paused."""
    backlog = queries.measure_backlog(clock.now())
    yield GaugeMetricFamily(
        "jiedui_webhooks_waiting",
        "Webhook deliveries not taken yet, up to a hundred thousand",
        backlog.waiting,
    )
    yield GaugeMetricFamily(
        "jiedui_webhooks_oldest_seconds",
        "Age of the oldest webhook delivery not taken yet",
        backlog.oldest_seconds,
    )
