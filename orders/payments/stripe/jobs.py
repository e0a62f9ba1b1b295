"""Reading Stripe's list of events by the clock."""

from marketplace import jobs
from orders.payments.stripe.reading import read_events


@jobs.periodic("*/5 * * * *", "orders.read_stripe_events")
def read_stripe_events() -> None:
    """Take up what Stripe told and we did not hear."""
    read_events()
