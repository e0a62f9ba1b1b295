"""Guest carts that nobody came back to are deleted."""

from marketplace import jobs
from marketplace.database import transaction
from orders.guest_carts import service

BATCH = 500


@jobs.periodic("23 4 * * *", "orders.sweep_guest_carts")
def sweep_guest_carts() -> None:
    """Delete guest carts not used for a month, and empty ones after a day, in small bites."""
    while True:
        with transaction():
            swept = service.sweep_guest_carts(BATCH)
        if swept < BATCH:
            return
