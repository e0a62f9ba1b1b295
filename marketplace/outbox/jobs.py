"""When listeners are told: as soon as a worker looks, and again by the clock."""

from marketplace import jobs
from marketplace.outbox import spreading


@jobs.pulse
def spread_events() -> None:
    """Tell what has happened since the last look."""
    spreading.spread()


@jobs.periodic("* * * * *", "outbox.tell_again")
def tell_again() -> None:
    """Tell again what a listener could not take."""
    spreading.tell_again()


@jobs.periodic("53 3 * * *", "outbox.prune_events")
def prune_events() -> None:
    """Forget events that are past their time."""
    spreading.prune()
