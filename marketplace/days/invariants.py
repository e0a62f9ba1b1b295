"""What always holds of folded days: the digests recompute, and the chain ends where we noted it."""

import orjson

from marketplace.days.heads import read_heads
from marketplace.days.ledgers import Ledger, list_ledgers
from marketplace.invariants import Invariant

_LINKS = """
select ledger, sequence, 'the chain is broken here' as fault from (
  select *, lag(sequence) over chain as sequence_before, lag(hash) over chain as hash_before
  from folded_days window chain as (partition by ledger order by sequence)
) as links
where hash <> sha256(previous_hash || int8send(sequence)
    || convert_to(to_char(folded_on, 'YYYY-MM-DD'), 'UTF8') || int8send(row_count) || rows_digest)
  or previous_hash <> coalesce(hash_before, ''::bytea)
  or sequence <> coalesce(sequence_before, 0) + 1
"""

# The chain may have grown since the head was noted (a fold whose process died before writing it),
# but the noted link must stand in it; and a chain whose head nobody noted proves nothing.
_HEADS = """
select coalesce(f.ledger, h.ledger) as ledger, h.sequence, 'the newest digest differs outside' as fault
from (select ledger, max(sequence) as newest from folded_days group by ledger) as f
full join (
  select key as ledger, (value ->> 'sequence')::bigint as sequence, value ->> 'hash' as hash
  from jsonb_each(cast(:heads as jsonb))
) as h on h.ledger = f.ledger
where h.ledger is null or h.sequence > 0 and not exists (
  select from folded_days as noted where noted.ledger = h.ledger
    and noted.sequence = h.sequence and encode(noted.hash, 'hex') = h.hash
)
"""


def _recompute(ledger: Ledger) -> str:
    folded = f"(select max(folded_on) from folded_days where ledger = '{ledger.name}')"  # noqa: S608
    days = ledger.digests_by_day(f"booked_on <= {folded}")
    return f"""
    select coalesce(f.folded_on, d.booked_on) as day, d.row_count, f.row_count as folded_rows
    from (select * from folded_days where ledger = '{ledger.name}') as f
    full join ({days}) as d on d.booked_on = f.folded_on
    where f.folded_on is null
      or coalesce(d.row_count, 0) <> f.row_count
      or coalesce(d.rows_digest, sha256('')) <> f.rows_digest
    """  # noqa: S608 - names written in code


def list_invariants() -> list[Invariant]:
    """Return I7 for every ledger that is registered."""
    return [
        Invariant("I7", "the digests of each ledger form one unbroken chain", _LINKS),
        Invariant(
            "I7",
            "the newest digest of each ledger equals the copy outside the database",
            _HEADS,
            lambda: {"heads": orjson.dumps(read_heads()).decode()},
        ),
        *(
            Invariant("I7", f"the digests of {ledger.name} recompute", _recompute(ledger))
            for ledger in list_ledgers()
        ),
    ]
