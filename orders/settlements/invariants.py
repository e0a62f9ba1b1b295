"""What must hold of settlement at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant
from orders.settlements.freezing import HASH, LINES_DIGEST

_PAYABLE = [
    Invariant(
        code="I5",
        title="完成的订单净额全部转为应付且只转一次，未完成的没有应付",
        sql="""
            SELECT o.id
            FROM orders o
            LEFT JOIN (
                SELECT order_id, sum(amount) AS amount FROM refunds
                WHERE reason = 'aftersales' GROUP BY order_id
            ) r ON r.order_id = o.id
            LEFT JOIN (
                SELECT b.order_id, sum(b.goods_fen + b.freight_fen) AS amount
                FROM card_dispute_lines b
                JOIN journal_entries e ON e.kind = 'dispute_lost' AND e.cause_id = b.ending_id
                GROUP BY b.order_id
            ) b ON b.order_id = o.id
            LEFT JOIN (
                SELECT order_id,
                       -sum(amount_fen) AS net,
                       sum(abs(amount_fen)) FILTER (WHERE account_kind
                           NOT IN ('cooperative_pending', 'coupon_cost'))
                           AS due,
                       sum(amount_fen) FILTER (WHERE account_kind = 'cooperative_pending')
                           AS pending
                FROM journal_postings WHERE order_id IS NOT NULL GROUP BY order_id
            ) p ON p.order_id = o.id
            WHERE coalesce(p.net, 0)
                  <> CASE WHEN o.paid_at IS NULL THEN 0
                          ELSE o.total_fen - coalesce(r.amount, 0) - coalesce(b.amount, 0) END
               OR (o.state = 'completed' AND coalesce(p.pending, 0) <> 0)
               OR (o.state <> 'completed' AND coalesce(p.due, 0) <> 0)
        """,
    ),
    Invariant(
        code="I5",
        title="每个订单的应付行与账上应付货款、平台服务费相等",
        sql="""
            SELECT coalesce(l.order_id, p.order_id)
            FROM (
                SELECT order_id, sum(payable_fen) AS payable,
                       sum(fee_fen - fee_refunded_fen) AS fee
                FROM settlement_lines GROUP BY order_id
            ) l
            FULL JOIN (
                SELECT order_id,
                       -sum(amount_fen) FILTER (WHERE account_kind = 'cooperative_payable')
                           AS payable,
                       coalesce(-sum(amount_fen) FILTER (WHERE account_kind = 'platform_fee'), 0)
                           AS fee
                FROM journal_postings
                WHERE order_id IS NOT NULL
                  AND account_kind IN ('cooperative_payable', 'platform_fee')
                GROUP BY order_id
            ) p ON p.order_id = l.order_id
            WHERE l.payable IS DISTINCT FROM coalesce(p.payable, 0) OR l.fee IS DISTINCT FROM p.fee
        """,
    ),
    Invariant(
        code="I5",
        title="应付行记在其分录的那一天",
        sql="""
            SELECT l.id
            FROM settlement_lines l
            LEFT JOIN journal_entries e
              ON (l.kind = 'sale' AND e.kind = 'order_completed' AND e.cause_id = l.order_id)
              OR (l.kind = 'refund' AND e.kind = 'refund_agreed' AND e.cause_id = l.cause_id)
              OR (l.kind = 'correction' AND e.kind = 'statement_corrected'
                  AND e.cause_id = l.cause_id)
              OR (l.kind = 'dispute' AND e.kind IN ('dispute_held', 'dispute_released',
                  'dispute_lost') AND e.cause_id = l.cause_id)
            WHERE e.id IS NULL OR e.booked_on <> l.booked_on
               OR (l.kind = 'sale' AND l.cause_id <> l.order_line_id)
        """,
    ),
]

_COUPONS_AND_CORRECTIONS = [
    Invariant(
        code="I5",
        title="应付行里的平台补贴等于账上该订单的优惠券成本",
        sql="""
            SELECT l.order_id
            FROM (
                SELECT order_id, sum(coupon_fen - coupon_back_fen) AS coupon
                FROM settlement_lines GROUP BY order_id
            ) l
            LEFT JOIN (
                SELECT order_id, sum(amount_fen) AS cost FROM journal_postings
                WHERE account_kind = 'coupon_cost' GROUP BY order_id
            ) p ON p.order_id = l.order_id
            WHERE l.coupon <> coalesce(p.cost, 0)
        """,
    ),
    Invariant(
        code="I5",
        title="两位财务同意的更正恰有一行应付和一笔分录，金额相同；没有别的更正",
        sql="""
            SELECT coalesce(c.id, l.cause_id, e.cause_id)
            FROM (SELECT * FROM statement_corrections WHERE state = 'confirmed') c
            FULL JOIN (SELECT * FROM settlement_lines WHERE kind = 'correction') l
                   ON l.cooperative_id = c.cooperative_id AND l.cause_id = c.id
            FULL JOIN (
                SELECT e.cause_id, -sum(p.amount_fen) AS amount
                FROM journal_entries e JOIN journal_postings p ON p.entry_id = e.id
                WHERE e.kind = 'statement_corrected' AND p.account_kind = 'cooperative_payable'
                GROUP BY e.cause_id
            ) e ON e.cause_id = coalesce(c.id, l.cause_id)
            WHERE c.id IS NULL OR l.payable_fen IS DISTINCT FROM c.amount_fen
               OR e.amount IS DISTINCT FROM c.amount_fen OR c.decided_by = c.proposed_by
        """,
    ),
    Invariant(
        code="I5",
        title="有异议的结算单恰有待答复的异议",
        sql="""
            SELECT s.id
            FROM statements s
            LEFT JOIN (
                SELECT cooperative_id, statement_id, count(*) AS waiting FROM statement_disputes
                WHERE answered_at IS NULL GROUP BY 1, 2
            ) d ON d.cooperative_id = s.cooperative_id AND d.statement_id = s.id
            WHERE (s.state = 'disputed') <> (coalesce(d.waiting, 0) > 0)
        """,
    ),
]

_STATEMENTS = [
    Invariant(
        code="I5",
        title="结算单的各项等于其各行之和，结转等于上一期的欠额",
        sql="""
            SELECT s.id
            FROM (
                SELECT *, lag(balance_fen) OVER w AS before FROM statements
                WINDOW w AS (PARTITION BY cooperative_id ORDER BY start_on)
            ) s
            LEFT JOIN settlement_lines l ON l.cooperative_id = s.cooperative_id
                 AND l.booked_on >= s.start_on AND l.booked_on < s.end_on
            GROUP BY s.id, s.before, s.line_count, s.gross_fen, s.refunds_fen, s.fee_fen,
                     s.fee_refunded_fen, s.correction_fen, s.own_discount_fen, s.coupon_fen,
                     s.coupon_back_fen, s.carried_forward_fen, s.balance_fen
            HAVING count(l.id) <> s.line_count
                OR coalesce(sum(l.gross_fen), 0) <> s.gross_fen
                OR coalesce(sum(l.refunds_fen), 0) <> s.refunds_fen
                OR coalesce(sum(l.fee_fen), 0) <> s.fee_fen
                OR coalesce(sum(l.fee_refunded_fen), 0) <> s.fee_refunded_fen
                OR coalesce(sum(l.correction_fen), 0) <> s.correction_fen
                OR coalesce(sum(l.own_discount_fen), 0) <> s.own_discount_fen
                OR coalesce(sum(l.coupon_fen), 0) <> s.coupon_fen
                OR coalesce(sum(l.coupon_back_fen), 0) <> s.coupon_back_fen
                OR coalesce(sum(l.payable_fen), 0) + s.carried_forward_fen <> s.balance_fen
                OR s.carried_forward_fen <> least(coalesce(s.before, 0), 0)
        """,
    ),
    Invariant(
        code="I5",
        title="合作社各期结算首尾相接，没有一行落在两份结算单里",
        sql="""
            SELECT id
            FROM (
                SELECT id, start_on, lag(end_on) OVER w AS ended_on FROM statements
                WINDOW w AS (PARTITION BY cooperative_id ORDER BY start_on)
            ) s
            WHERE start_on <> ended_on
            UNION ALL
            SELECT l.id
            FROM settlement_lines l
            JOIN statements s ON s.cooperative_id = l.cooperative_id
                 AND l.booked_on >= s.start_on AND l.booked_on < s.end_on
            GROUP BY l.id HAVING count(*) > 1
        """,
    ),
    Invariant(
        code="I5",
        title="已结清的窗口里没有漏掉的应付行",
        sql="""
            SELECT l.id
            FROM settlement_lines l
            JOIN (
                SELECT cooperative_id, max(end_on) AS settled_to FROM statements GROUP BY 1
            ) last ON last.cooperative_id = l.cooperative_id
            WHERE l.booked_on < last.settled_to
              AND NOT EXISTS (
                  SELECT FROM statements s WHERE s.cooperative_id = l.cooperative_id
                  AND l.booked_on >= s.start_on AND l.booked_on < s.end_on)
            UNION ALL
            SELECT l.id
            FROM settlement_lines l
            WHERE l.booked_on < (SELECT max(end_on) FROM settlement_runs WHERE state = 'done')
              AND NOT EXISTS (
                  SELECT FROM statements s WHERE s.cooperative_id = l.cooperative_id
                  AND l.booked_on >= s.start_on AND l.booked_on < s.end_on)
        """,
    ),
    Invariant(
        code="I5",
        title="放款的结算单由两位不同的人放款，合作社已核对",
        sql="""
            SELECT id FROM statements
            WHERE state IN ('released', 'paid')
              AND (first_released_by IS NULL OR second_released_by IS NULL
                   OR first_released_by = second_released_by OR confirmed_at IS NULL
                   OR payable_fen <= 0)
        """,
    ),
    Invariant(
        code="I5",
        title="由银行付清的结算单恰记一笔付款分录，金额相同",
        sql="""
            SELECT coalesce(s.id, e.cause_id)
            FROM (
                SELECT * FROM statements s WHERE state = 'paid' AND NOT EXISTS (
                    SELECT FROM payouts p JOIN payout_batches b ON b.id = p.batch_id
                    WHERE p.cooperative_id = s.cooperative_id AND p.statement_id = s.id
                      AND p.state = 'paid' AND b.channel = 'transfer')
            ) s
            FULL JOIN (
                SELECT e.cause_id, p.owner_id, p.amount_fen
                FROM journal_entries e
                JOIN journal_postings p ON p.entry_id = e.id
                WHERE e.kind = 'statement_paid' AND p.account_kind = 'cooperative_payable'
            ) e ON e.cause_id = s.id
            WHERE s.payable_fen IS DISTINCT FROM e.amount_fen
               OR s.cooperative_id IS DISTINCT FROM e.owner_id
        """,
    ),
    Invariant(
        code="I5",
        title="出具后的结算单与其哈希相符",
        sql=f"""
            SELECT s.id FROM statements s
            WHERE s.state <> 'draft' AND (s.hash <> {HASH} OR s.lines_digest <> {LINES_DIGEST})
        """,  # noqa: S608 - expressions written in code
    ),
]

_ORPHANS = [
    Invariant(
        code="I6",
        title="结算单和收款账户的合作社存在",
        sql="""
            SELECT s.id FROM statements s LEFT JOIN cooperatives c ON c.id = s.cooperative_id
            WHERE c.id IS NULL
            UNION ALL
            SELECT a.id FROM payout_accounts a LEFT JOIN cooperatives c ON c.id = a.cooperative_id
            WHERE c.id IS NULL
        """,
    ),
]

INVARIANTS = [*_PAYABLE, *_COUPONS_AND_CORRECTIONS, *_STATEMENTS, *_ORPHANS]
