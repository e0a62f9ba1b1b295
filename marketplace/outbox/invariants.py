"""What always holds of events: told or waiting to be told, never both."""

from marketplace.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I6",
        "an event is waiting or told, not both",
        "SELECT a.id FROM announcements a JOIN events e ON e.id = a.id",
    ),
)
