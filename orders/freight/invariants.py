"""What must hold of freight templates at every moment; each query returns the rows that break it."""

from marketplace.invariants import Invariant

INVARIANTS = [
    Invariant(
        code="I6",
        title="运费模板的合作社存在，配送地区存在，每个模板至少有一个地区，其余地区不写明细",
        sql="""
            SELECT t.id FROM freight_templates t
            LEFT JOIN cooperatives c ON c.id = t.cooperative_id
            WHERE c.id IS NULL
            UNION ALL
            SELECT t.id FROM freight_templates t
            WHERE NOT EXISTS (
                SELECT FROM freight_zones z
                WHERE z.cooperative_id = t.cooperative_id AND z.template_id = t.id)
            UNION ALL
            SELECT r.id FROM freight_zone_regions r
            LEFT JOIN regions g ON g.code = r.region_code
            JOIN freight_zones z ON z.cooperative_id = r.cooperative_id AND z.id = r.zone_id
            WHERE g.code IS NULL OR z.template_id <> r.template_id OR z.covers_rest
            UNION ALL
            SELECT z.id FROM freight_zones z
            WHERE NOT z.covers_rest AND NOT EXISTS (
                SELECT FROM freight_zone_regions r
                WHERE r.cooperative_id = z.cooperative_id AND r.zone_id = z.id)
        """,
    ),
]
