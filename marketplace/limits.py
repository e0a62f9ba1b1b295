"""Rate limits per address: a shared store by setting, per process otherwise.

Limits that guard secrets (codes, passwords) count rows in PostgreSQL; see ``identity``.
"""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

# Generous for a person and for a unit's whole office behind one address; a flood meets it.
READS = "3000 per minute"

limiter = Limiter(
    key_func=get_remote_address,
    default_limits=[READS],
    headers_enabled=False,
    strategy="fixed-window",
)


def register(app: Flask) -> None:
    """Install the limits; a store that is down lets requests through rather than failing them."""
    settings = app.config["SETTINGS"]
    app.config["RATELIMIT_STORAGE_URI"] = settings.rate_limit_url
    app.config["RATELIMIT_SWALLOW_ERRORS"] = True
    app.config["RATELIMIT_ENABLED"] = settings.rate_limit_url != "off"
    limiter.init_app(app)
