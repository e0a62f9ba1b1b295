"""Settlement by the clock."""

from marketplace import jobs
from marketplace.database import transaction
from orders.settlement_schedules import service


@jobs.periodic("25 * * * *", "orders.start_settlement_runs")
def start_settlement_runs() -> None:
    """Start the settlement runs whose day has come."""
    with transaction():
        service.start_due_runs()
