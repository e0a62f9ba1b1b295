"""What is asked of a provider's day, written out: everything is grouped once, by what names it."""

from orders.journal.direct_entries import SQL_KINDS

# What an entry on a provider's clearing account was about. Entries made from a movement belong to
# the movement's day: they are booked when it is read, which is always later.
_ENTRY_ITEM = """
    CASE WHEN coalesce(d.id, x.id) IS NOT NULL THEN 'movement'
         WHEN e.kind IN ('refund_paid', 'refund_returned', 'refund_paid_otherwise',
                         'refund_charged_back') THEN 'refund'
         ELSE 'entry' END"""
_ENTRY_SUBJECT = """
    CASE WHEN e.kind = 'refund_charged_back' THEN e.cause_id
         WHEN coalesce(d.id, x.id) IS NOT NULL THEN coalesce(d.id, x.id)
         WHEN e.kind IN ('refund_paid', 'refund_returned') THEN coalesce(b.refund_id, e.cause_id)
         WHEN e.kind = 'refund_paid_otherwise' THEN s.refund_id
         ELSE e.id END"""
_FROM_MOVEMENTS = "('provider_fee_taken', 'provider_paid_out')"
# The posting of an entry, by the entry alone (the OFFSET keeps it so): before a day's statistics are
# known, the planner would read the whole clearing account for each entry.
_POSTED = """
    JOIN LATERAL (
        SELECT account_kind, owner_id, amount_fen, booked_on FROM journal_postings
        WHERE entry_id = e.id OFFSET 0
    ) AS p ON p.account_kind = 'provider_clearing' AND p.owner_id = %(owner)s"""
# What officers booked of a movement belongs to its day as well.
_DIRECT = f"""
    FROM provider_movements m
    JOIN direct_bookings g ON g.movement_id = m.id AND g.state = 'confirmed'
    JOIN journal_entries e ON e.kind IN {SQL_KINDS} AND e.cause_id = g.id"""

_DAY = f"""
moved AS MATERIALIZED (
    SELECT item, subject_id, moved_on AS day, currency, amount FROM provider_movements
    WHERE provider = %(provider)s AND moved_on BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT 'fee', id, moved_on, currency, -fee FROM provider_movements
    WHERE provider = %(provider)s AND moved_on BETWEEN %(first)s AND %(last)s AND fee <> 0
), posted AS MATERIALIZED (
    SELECT e.id, e.kind, e.cause_id, p.booked_on, p.amount_fen
    FROM journal_postings p JOIN journal_entries e ON e.id = p.entry_id
    WHERE p.account_kind = 'provider_clearing' AND p.owner_id = %(owner)s
      AND p.booked_on BETWEEN %(first)s AND %(last)s
      AND e.kind NOT IN {_FROM_MOVEMENTS} AND e.kind NOT IN {SQL_KINDS}
), booked AS MATERIALIZED (
    -- Most of a day: payments, for which nothing has to be looked up.
    SELECT 'payment' AS item, cause_id AS subject_id, booked_on AS day, amount_fen AS amount
    FROM posted WHERE kind = 'payment_captured'
    UNION ALL
    SELECT {_ENTRY_ITEM}, {_ENTRY_SUBJECT}, e.booked_on, e.amount_fen
    FROM posted e
    LEFT JOIN refund_settlements s ON e.kind = 'refund_paid_otherwise' AND s.id = e.cause_id
    -- One that came back is booked under its return, and so is the payment that follows it.
    LEFT JOIN refund_returns b ON e.kind IN ('refund_paid', 'refund_returned') AND b.id = e.cause_id
    -- What was taken for a dispute is booked by its notice, under the provider's name of it.
    LEFT JOIN card_dispute_movements cm ON e.kind = 'dispute_moved' AND cm.id = e.cause_id
    -- So is what paid a statement inside the provider, under the transfer.
    LEFT JOIN payouts po ON e.kind = 'statement_transferred' AND po.id = e.cause_id
    -- Each its own join: one with an OR could only compare every entry with every movement.
    LEFT JOIN provider_movements d ON d.provider = %(provider)s
        AND d.reference = cm.provider_reference
    LEFT JOIN provider_movements x ON x.provider = %(provider)s AND x.kind = 'transfer'
        AND x.source_reference = po.transfer_reference
    WHERE e.kind <> 'payment_captured'
    UNION ALL
    SELECT 'movement', m.id, m.moved_on, p.amount_fen
    {_DIRECT}
    {_POSTED}
    WHERE m.provider = %(provider)s AND m.moved_on BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT CASE e.kind WHEN 'provider_fee_taken' THEN 'fee' ELSE 'movement' END, m.id,
        m.moved_on, p.amount_fen
    FROM provider_movements m
    JOIN journal_entries e ON e.kind IN {_FROM_MOVEMENTS} AND e.cause_id = m.id
    {_POSTED}
    WHERE m.provider = %(provider)s AND m.moved_on BETWEEN %(first)s AND %(last)s
)"""  # noqa: S608 - our own names

SUMS = f"""
WITH {_DAY}
SELECT day, sum(provider_fen)::bigint AS provider_fen, sum(booked_fen)::bigint AS booked_fen,
    count(*) AS compared
FROM (
    SELECT day, item, subject_id, sum(provider_fen) AS provider_fen, sum(booked_fen) AS booked_fen
    FROM (
        SELECT day, item, subject_id,
            CASE currency WHEN 'CNY' THEN amount ELSE 0 END AS provider_fen, 0 AS booked_fen
        FROM moved
        UNION ALL SELECT day, item, subject_id, 0, amount FROM booked
    ) AS both_sides
    GROUP BY day, item, subject_id
) AS things
GROUP BY day
"""  # noqa: S608 - our own names

COMPARE = f"""
WITH {_DAY},
one_day AS MATERIALIZED (
    SELECT item, subject_id, sum(there) AS there, sum(here) AS here, bool_and(is_yuan) AS is_yuan
    FROM (
        SELECT item, subject_id, amount AS there, 0 AS here, currency = 'CNY' AS is_yuan FROM moved
        UNION ALL SELECT item, subject_id, 0, amount, true FROM booked
    ) AS both_sides
    GROUP BY item, subject_id
),
-- Nearly all of a day, and told by the day alone: a fee is always booked on its movement's day; a
-- payment is booked once, and nothing else of it lies on another day.
plain AS MATERIALIZED (
    SELECT item, subject_id FROM one_day WHERE item = 'fee' AND there = here AND is_yuan
    UNION ALL
    SELECT d.item, d.subject_id
    FROM one_day d
    JOIN payment_attempts a ON a.id = d.subject_id AND a.provider = %(provider)s
        AND a.captured = d.there AND a.captured_currency = 'CNY'
    WHERE d.item = 'payment' AND d.there = d.here AND d.is_yuan
      AND NOT EXISTS (
          SELECT FROM provider_movements m
          WHERE m.subject_id = d.subject_id AND m.item = 'payment' AND m.provider = %(provider)s
              AND m.moved_on NOT BETWEEN %(first)s AND %(last)s
      )
),
things AS MATERIALIZED (
    (SELECT item, subject_id FROM moved
    UNION SELECT item, subject_id FROM booked
    UNION SELECT 'payment', id FROM payment_attempts
    WHERE provider = %(provider)s AND succeeded_at >= %(start)s AND succeeded_at < %(end)s
    UNION SELECT 'refund', r.id
    FROM refunds r JOIN payment_attempts a ON a.account_id = r.account_id AND a.id = r.attempt_id
    WHERE a.provider = %(provider)s AND r.state = 'succeeded'
      AND r.ended_at >= %(start)s AND r.ended_at < %(end)s)
    EXCEPT SELECT item, subject_id FROM plain
),
-- What each side says of them, on whatever day. All of it is grouped once: joins between parts of a
-- statement are planned without statistics, and may compare everything with everything.
pieces AS (
    SELECT t.item, t.subject_id, 'provider' AS side, m.currency, m.amount, m.moved_on AS day,
        m.kind, m.occurred_at, m.reference
    FROM things t JOIN provider_movements m ON m.provider = %(provider)s
        AND m.subject_id = t.subject_id AND m.item = t.item
    UNION ALL
    SELECT t.item, t.subject_id, 'provider', m.currency, -m.fee, m.moved_on, 'fee', m.occurred_at,
        m.reference
    FROM things t JOIN provider_movements m ON t.item = 'fee' AND m.id = t.subject_id
    WHERE m.fee <> 0
    UNION ALL
    SELECT t.item, t.subject_id, 'own', coalesce(a.captured_currency, 'CNY'), a.captured,
        (a.succeeded_at AT TIME ZONE 'Asia/Shanghai')::date, NULL, NULL, NULL
    FROM things t JOIN payment_attempts a ON t.item = 'payment' AND a.id = t.subject_id
    UNION ALL
    -- One that our bank paid instead, or the buyer's out of a lost dispute, left nothing with the
    -- provider.
    SELECT t.item, t.subject_id, 'own', r.currency,
        CASE WHEN r.state = 'succeeded' AND s.id IS NULL AND c.id IS NULL THEN -r.amount
             ELSE 0 END,
        (r.ended_at AT TIME ZONE 'Asia/Shanghai')::date, NULL, NULL, NULL
    FROM things t
    JOIN refunds r ON t.item = 'refund' AND r.id = t.subject_id
    LEFT JOIN refund_settlements s
        ON s.account_id = r.account_id AND s.refund_id = r.id AND s.state = 'confirmed'
    LEFT JOIN journal_entries c ON c.kind = 'refund_charged_back' AND c.cause_id = r.id
    UNION ALL
    SELECT t.item, t.subject_id, 'journal', 'CNY', p.amount_fen, p.booked_on, NULL, NULL, NULL
    FROM things t
    JOIN LATERAL (
        SELECT e.id FROM journal_entries e
        WHERE t.item = 'payment' AND e.kind = 'payment_captured' AND e.cause_id = t.subject_id
        UNION ALL
        SELECT e.id FROM journal_entries e
        WHERE t.item = 'refund' AND e.kind IN ('refund_paid', 'refund_charged_back')
            AND e.cause_id = t.subject_id
        UNION ALL
        SELECT e.id FROM refund_returns b JOIN journal_entries e
            ON e.kind IN ('refund_paid', 'refund_returned') AND e.cause_id = b.id
        WHERE t.item = 'refund' AND b.refund_id = t.subject_id
        UNION ALL
        SELECT e.id FROM refund_settlements s JOIN journal_entries e
            ON e.kind = 'refund_paid_otherwise' AND e.cause_id = s.id
        WHERE t.item = 'refund' AND s.refund_id = t.subject_id
        UNION ALL
        SELECT e.id FROM journal_entries e
        WHERE t.item = 'fee' AND e.kind = 'provider_fee_taken' AND e.cause_id = t.subject_id
        UNION ALL
        SELECT e.id FROM journal_entries e
        WHERE t.item = 'movement' AND e.kind = 'provider_paid_out' AND e.cause_id = t.subject_id
        UNION ALL
        SELECT e.id FROM provider_movements d
        JOIN card_dispute_movements cm ON cm.provider_reference = d.reference
        JOIN journal_entries e ON e.kind = 'dispute_moved' AND e.cause_id = cm.id
        WHERE t.item = 'movement' AND d.id = t.subject_id
        UNION ALL
        SELECT e.id FROM provider_movements d
        JOIN payouts po ON po.transfer_reference = d.source_reference
        JOIN journal_entries e ON e.kind = 'statement_transferred' AND e.cause_id = po.id
        WHERE t.item = 'movement' AND d.kind = 'transfer' AND d.id = t.subject_id
        UNION ALL
        SELECT e.id {_DIRECT}
        WHERE t.item = 'movement' AND m.id = t.subject_id
        UNION ALL
        SELECT t.subject_id WHERE t.item = 'entry'
    ) AS e ON true
    {_POSTED}
    UNION ALL
    SELECT item, subject_id, 'gap', 'CNY', amount, day, NULL, NULL, NULL
    FROM moved JOIN things USING (item, subject_id) WHERE currency = 'CNY'
    UNION ALL
    SELECT item, subject_id, 'gap', 'CNY', -amount, day, NULL, NULL, NULL
    FROM booked JOIN things USING (item, subject_id)
),
in_currency AS (
    SELECT *, coalesce(max(currency) FILTER (WHERE side = 'own') OVER thing,
        min(currency) FILTER (WHERE side = 'provider') OVER thing, 'CNY') AS thing_currency
    FROM pieces WINDOW thing AS (PARTITION BY item, subject_id)
),
sides AS (
    SELECT item, subject_id, min(thing_currency) AS currency,
        (sum(amount) FILTER (WHERE side = 'provider' AND currency = thing_currency))::bigint
            AS provider_amount,
        count(*) FILTER (WHERE side = 'provider' AND currency = thing_currency) AS pieces,
        (array_agg(kind ORDER BY occurred_at, reference) FILTER (WHERE side = 'provider'))[1]
            AS kind,
        coalesce(bool_or(kind = 'refund_failure'), false) AS came_back,
        (sum(amount) FILTER (WHERE side = 'own'))::bigint AS recorded_amount,
        bool_or(side = 'own') AS is_known,
        (sum(amount) FILTER (WHERE side = 'journal'))::bigint AS booked_amount,
        coalesce(sum(amount) FILTER (WHERE side = 'gap'), 0)::bigint AS gap_fen,
        coalesce(min(day) FILTER (WHERE side = 'provider'), min(day) FILTER (WHERE side = 'own'),
            min(day) FILTER (WHERE side = 'journal')) AS home_day
    FROM in_currency GROUP BY item, subject_id
),
compared AS (
    -- The journal is kept in yuan: foreign money is not booked, and should not be.
    SELECT *, CASE currency WHEN 'CNY' THEN coalesce(provider_amount, 0) ELSE 0 END AS to_book
    FROM sides
)
SELECT item, subject_id, currency, provider_amount, pieces, kind, came_back, recorded_amount,
    is_known, booked_amount, gap_fen, home_day,
    to_book = coalesce(booked_amount, 0)
        AND (NOT is_known OR coalesce(recorded_amount, 0) = coalesce(provider_amount, 0))
        AND (is_known OR item NOT IN ('payment', 'refund'))
        AND (item <> 'movement' OR booked_amount IS NOT NULL)
        AND (currency = 'CNY' OR item IN ('payment', 'refund')) AS agrees
FROM compared
WHERE gap_fen <> 0
   OR to_book <> coalesce(booked_amount, 0)
   OR (is_known AND coalesce(recorded_amount, 0) <> coalesce(provider_amount, 0))
   OR (NOT is_known AND item IN ('payment', 'refund'))
   OR (item = 'movement' AND booked_amount IS NULL)
   OR (currency <> 'CNY' AND item NOT IN ('payment', 'refund'))
ORDER BY item, subject_id
"""  # noqa: S608 - our own names

# Payments of the day against the trade they pay, its orders and the entry that shared them out.
ORDERS = """
SELECT a.trade_id, a.captured, coalesce(o.total_fen, 0) AS orders_fen,
    coalesce(b.amount, 0) AS booked_fen
FROM payment_attempts a
JOIN trades t ON t.account_id = a.account_id AND t.id = a.trade_id
LEFT JOIN LATERAL (
    SELECT sum(total_fen)::bigint AS total_fen FROM orders WHERE trade_id = t.id
) o ON true
LEFT JOIN LATERAL (
    SELECT sum(p.amount_fen)::bigint AS amount
    FROM journal_entries e
    JOIN LATERAL (
        SELECT account_kind, amount_fen FROM journal_postings WHERE entry_id = e.id OFFSET 0
    ) AS p ON p.account_kind = 'buyers_clearing'
    WHERE e.kind = 'trade_paid' AND e.cause_id = t.id
) b ON true
WHERE a.provider = %(provider)s AND a.outcome = 'accepted'
  AND a.succeeded_at >= %(start)s AND a.succeeded_at < %(end)s
  AND (t.state <> 'paid' OR t.total_fen <> a.captured OR coalesce(o.total_fen, 0) <> a.captured
       OR coalesce(b.amount, 0) <> a.captured)
ORDER BY a.trade_id
"""

# Money of the day that could not be kept: it goes back, or has gone back.
RETURNED = """
SELECT a.id, a.captured, a.captured_currency, r.amount, r.state
FROM payment_attempts a
LEFT JOIN refunds r ON r.account_id = a.account_id AND r.attempt_id = a.id
WHERE a.provider = %(provider)s AND a.succeeded_at >= %(start)s AND a.succeeded_at < %(end)s
  AND a.outcome NOT IN ('accepted', 'repaid')
ORDER BY a.id
"""

# What the provider sent to our bank that day and nobody has seen arrive.
IN_TRANSIT = """
SELECT m.id, m.amount FROM provider_movements m
WHERE m.provider = %(provider)s AND m.moved_on = %(first)s AND m.kind = 'payout'
  AND m.currency = 'CNY' AND m.amount < 0
  AND NOT EXISTS (
      SELECT FROM bank_matches b WHERE b.movement_id = m.id AND b.state = 'confirmed'
  )
ORDER BY m.id
"""
