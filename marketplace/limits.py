"""Rate limits per address: a shared store by setting, per process otherwise.

Limits that guard secrets (codes, passwords) count rows in PostgreSQL; see ``identity``.
"""

import logging

from flask import Flask, request
from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from marketplace.errors import TooManyRequests

# Generous for a person and for a unit's whole office behind one address; a flood meets it.
READS = RateLimitItemPerMinute(3000, namespace="reads")
WRITES = RateLimitItemPerMinute(600, namespace="writes")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Providers repeat their notices until they are heard; probes come from the platform itself.
_UNLIMITED = ("/webhooks/", "/static/", "/healthz", "/readyz", "/metrics")

log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Install the limits (``RATE_LIMIT_URL=off`` for benchmarks of one address)."""
    url = app.config["SETTINGS"].rate_limit_url
    if url == "off":
        return
    limiter = FixedWindowRateLimiter(storage_from_string(url))

    @app.before_request
    def check_rate() -> None:
        if request.path.startswith(_UNLIMITED):
            return
        item = READS if request.method in _SAFE else WRITES
        address = request.remote_addr or ""
        try:
            within = limiter.hit(item, address)
        except Exception:
            # A counter store that is down must not close the shop.
            log.exception("rate limit store unavailable")
            return
        if not within:
            raise TooManyRequests(headers={"Retry-After": "60"})
