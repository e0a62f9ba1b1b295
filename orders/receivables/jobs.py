"""What time does to debts: reminders are noted, once for each stage."""

from marketplace import jobs
from marketplace.database import transaction
from orders.receivables import service


@jobs.periodic("17 1 * * *", "orders.note_receivable_reminders")
def note_receivable_reminders() -> None:
    """Note which debts have come due, or further; whoever sends notices reads them."""
    with transaction():
        service.note_reminders()
