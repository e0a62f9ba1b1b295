"""A private PostgreSQL for a checkout without `DATABASE_URL`: found, made, started and stopped here.

Not here: the schema (migrations) and the processes that use it (`marketplace.serve`).
"""

from marketplace.embedded.errors import EmbeddedPostgresUnavailable
from marketplace.embedded.launcher import Endpoints, Status, ensure_running, status, stop

__all__ = [
    "EmbeddedPostgresUnavailable",
    "Endpoints",
    "Status",
    "ensure_running",
    "status",
    "stop",
]
