"""What always holds of credits: they are the counted amounts less what came back, and sum up so."""

from marketplace.invariants import Invariant

_CREDITED = """
select d.cooperative_id, d.sale_id, d.scheme, d.id as decision_id,
       coalesce(c.credited, 0) as credited_fen, e.expected as expected_fen
from decisions d
join sales s on s.cooperative_id = d.cooperative_id and s.id = d.sale_id
left join (
  select cooperative_id, decision_id, sum(amount_fen) as credited from credits group by 1, 2
) c on c.cooperative_id = d.cooperative_id and c.decision_id = d.id
cross join lateral (
  select case when d.closed_on is not null or d.standing = 'not_counted' then 0
    when s.returned_fen = 0 then d.amount_fen
    else d.amount_fen
      - div(2 * d.amount_fen::numeric * s.returned_fen + s.amount_fen, 2 * s.amount_fen) end as expected
) e
where coalesce(c.credited, 0) <> e.expected
"""

_ONE_STAGE = """
select cooperative_id, decision_id, count(*) as stages, min(balance) as lowest_fen from (
  select cooperative_id, decision_id, stage, sum(amount_fen) as balance
  from credits group by 1, 2, 3 having sum(amount_fen) <> 0
) as stages
group by 1, 2 having count(*) > 1 or min(balance) < 0
"""

_DECIDED = """
select s.cooperative_id, s.id as sale_id, count(d.id) as open_decisions
from sales s
left join decisions d on d.cooperative_id = s.cooperative_id and d.sale_id = s.id
  and d.closed_on is null
group by 1, 2 having count(d.id) <> 3
"""

_LIKE_THEIR_DECISION = """
select c.cooperative_id, c.id as credit_id
from credits c
join decisions d on d.cooperative_id = c.cooperative_id and d.id = c.decision_id
where (c.scheme, c.region_code, c.kind) is distinct from (d.scheme, d.region_code, d.kind)
  or c.pairing_id is distinct from d.pairing_id
  or coalesce(c.corrects_year, c.counting_year) <> d.counting_year
"""

_LINKED = """
select d.cooperative_id, d.id as decision_id from decisions d
where (d.rule_id is not null and not exists (select from counting_rules r where r.id = d.rule_id))
  or (d.pairing_id is not null and not exists (select from pairings p where p.id = d.pairing_id))
  or (d.region_code is not null
      and not exists (select from regions r where r.code = d.region_code))
"""

# A sum of both sides with opposite signs: rows that only one side has show as well.
_DAILY_SUMS = """
select booked_on, scheme, region_code, pairing_id, kind, stage, counting_year, corrects_year,
       sum(amount_fen) as sums_less_credits_fen, sum(line_count) as lines_too_many
from (
  select booked_on, scheme, region_code, pairing_id, kind, stage, counting_year, corrects_year,
         amount_fen, line_count
  from credit_daily_sums
  union all
  select booked_on, scheme, region_code, pairing_id, kind, stage, counting_year, corrects_year,
         -amount_fen, -1
  from credits
  where booked_on <= (select max(folded_on) from folded_days where ledger = 'credits')
) as both_sides
group by 1, 2, 3, 4, 5, 6, 7, 8 having sum(amount_fen) <> 0 or sum(line_count) <> 0
"""

INVARIANTS = [
    Invariant("I4", "credits of a sale = counted amount less its returns", _CREDITED),
    Invariant("I4", "a decision's credits stand in one stage, none below zero", _ONE_STAGE),
    Invariant("I4", "every sale has one open decision a scheme", _DECIDED),
    Invariant("I4", "credits carry the subject of their decision", _LIKE_THEIR_DECISION),
    Invariant("I6", "decisions name a rule, pairing and region that exist", _LINKED),
    Invariant("I9", "daily sums = sum of the credits of folded days", _DAILY_SUMS),
]
