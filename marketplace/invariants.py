"""What an invariant is; each capability states its own in ``invariants.py``, ``make verify`` runs all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that always holds. ``sql`` returns the rows that break it: none, when all is well.

    ``parameters`` gives the values of the statement's parameters where it compares the database
    with something outside it.
    """

    code: str
    title: str
    sql: str
    parameters: Callable[[], Mapping[str, object]] | None = None
