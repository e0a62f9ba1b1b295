"""Which tables are ledgers: their rows are booked on days, folded and digested."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """An append-only table with a ``booked_on`` column.

    ``contents`` are the SQL expressions whose values the digest covers, ``id`` first; an instant
    is written ``extract(epoch from …)``, so that no time zone setting changes a digest.
    ``make_sums(first, last)`` writes the daily sums of days that have just been closed.
    """

    name: str
    table: str
    contents: tuple[str, ...]
    make_sums: Callable[[date, date], None] | None = None

    def digests_by_day(self, condition: str) -> str:
        """Return SQL for ``booked_on, row_count, rows_digest`` of each day under a condition."""
        row = f"sha256(convert_to(jsonb_build_array({', '.join(self.contents)})::text, 'UTF8'))"
        return (
            "select booked_on, count(*) as row_count, "  # noqa: S608 - names written in code
            f"sha256(string_agg({row}, ''::bytea order by id)) as rows_digest "
            f"from {self.table} where {condition} group by booked_on"
        )


_ledgers: dict[str, Ledger] = {}


def register_ledger(ledger: Ledger) -> Ledger:
    """Make a table known as a ledger (at the import of its capability's ``jobs.py``)."""
    _ledgers[ledger.name] = ledger
    return ledger


def list_ledgers() -> list[Ledger]:
    """Return every ledger in order of name."""
    return [_ledgers[name] for name in sorted(_ledgers)]
