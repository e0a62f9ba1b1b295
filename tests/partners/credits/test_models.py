"""What the database itself refuses, whoever asks; and what it does when two ask at once."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace import clock, verify
from marketplace.database import db, transaction
from marketplace.ids import new_id
from partners.credits import invariants, rulebook, service
from partners.credits.errors import RuleOverlaps
from partners.credits.models import CountingRule, Credit
from partners.credits.queries import list_outcomes
from partners.credits.rules import Moment, Scheme
from tests.conftest import Committed
from tests.factories.credits import COOPERATIVE, make_sale, outcome_of, sale_facts
from tests.factories.partners import PLATFORM_ADMIN

APPEND_ONLY = ("credits", "credit_daily_sums", "folded_days", "locked_years", "quota_revisions")
JUNE_2026 = datetime(2026, 6, 15, 2, 0, tzinfo=UTC)


class TestAppendOnly:
    @pytest.mark.parametrize("table", APPEND_ONLY)
    @pytest.mark.parametrize("deed", ["update {} set id = id", "delete from {}", "truncate {}"])
    def test_the_application_may_change_nothing(self, table: str, deed: str) -> None:
        with pytest.raises(DBAPIError, match="permission denied"):
            db.session.execute(text(deed.format(table)))

    @pytest.mark.parametrize(
        ("deed", "is_allowed"),
        [
            ("update sales set completed_on = '2026-06-15'", True),
            ("update sales set amount_fen = 1", False),
            ("update sales set origin_code = null", False),
            ("delete from sales", False),
            ("truncate sales", False),
            ("update decisions set closed_on = '2026-06-15' where false", True),
            ("update decisions set amount_fen = 1", False),
            ("update decisions set pairing_id = null", False),
            ("delete from decisions", False),
            ("update counting_rules set valid_to = '2030-12-31' where version = 2", True),
            ("update counting_rules set confirms_at = 'payment'", False),
            ("delete from counting_rules", False),
        ],
    )
    def test_of_sales_decisions_and_rules_it_changes_only_where_they_stand(
        self, deed: str, is_allowed: bool
    ) -> None:
        make_sale()
        if is_allowed:
            db.session.execute(text(deed))
        else:
            with pytest.raises(DBAPIError, match="permission denied"):
                db.session.execute(text(deed))

    def test_even_the_owner_is_stopped_by_triggers(self, committed: Committed) -> None:
        with committed.context(), transaction():
            make_sale()
        for deed in (
            "update credits set amount_fen = 1",
            "delete from credits",
            "truncate credits",
            "update sales set amount_fen = 1",
            "delete from decisions",
            "update counting_rules set document = ''",
        ):
            with pytest.raises(DBAPIError, match="is append-only"), committed.owner() as owner:
                owner.execute(text(deed))


class TestCredit:
    def test_a_cause_moves_a_stage_once(self) -> None:
        make_sale()
        credit = db.session.scalars(select(Credit).limit(1)).one()
        columns = {c.key: getattr(credit, c.key) for c in Credit.__table__.columns}
        with pytest.raises(IntegrityError, match="uq_credits_cause"):
            db.session.execute(Credit.__table__.insert().values(**columns | {"id": new_id()}))


class TestCountingRule:
    def test_two_versions_are_never_in_force_on_one_day(self) -> None:
        rule = {
            "scheme": Scheme.PAIRING,
            "issuer": "示例",
            "document": "示例〔2026〕1号",
            "confirms_at": Moment.PAYMENT,
            "counts_freight": True,
            "waived_relations": [],
            "waived_origins": [],
            "private_buyer_kind": None,
            "budget_unit_kinds": [],
            "note": "",
            "valid_to": None,
        }
        added = rulebook.add_rule_version(PLATFORM_ADMIN, **rule, valid_from=date(2027, 1, 1))
        assert added.version == 3
        before = db.session.scalars(
            select(CountingRule).where(
                CountingRule.scheme == Scheme.PAIRING, CountingRule.version == 2
            )
        ).one()
        assert before.valid_to == date(2026, 12, 31)
        with pytest.raises(RuleOverlaps):
            rulebook.add_rule_version(PLATFORM_ADMIN, **rule, valid_from=date(2026, 6, 1))

    def test_a_new_version_rules_the_sales_from_its_day_on(self) -> None:
        with clock.travel(JUNE_2026):
            old = make_sale()
        rulebook.add_rule_version(
            PLATFORM_ADMIN,
            scheme=Scheme.PAIRING,
            issuer="示例",
            document="示例〔2026〕2号",
            valid_from=date(2026, 6, 16),
            valid_to=None,
            confirms_at=Moment.PAYMENT,
            counts_freight=True,
            waived_relations=[],
            waived_origins=[],
            private_buyer_kind=None,
            budget_unit_kinds=[],
            note="",
        )
        new = sale_facts(sale_on=date(2026, 6, 16), freight_fen=500)
        service.credit_sales([new])
        assert outcome_of(list_outcomes([new.line_id])).net_fen == 30_500
        assert outcome_of(list_outcomes([old.line_id])).net_fen == 30_000

    def test_a_refused_version_leaves_the_transaction_usable(self) -> None:
        settings = {
            "scheme": Scheme.PAIRING, "issuer": "示例", "document": "示例〔2025〕1号",
            "valid_from": date(2025, 1, 1), "valid_to": None, "confirms_at": Moment.COMPLETION,
            "counts_freight": False, "waived_relations": [], "waived_origins": [],
            "private_buyer_kind": None, "budget_unit_kinds": [], "note": "",
        }  # fmt: skip
        rulebook.add_rule_version(PLATFORM_ADMIN, **settings)
        with pytest.raises(RuleOverlaps):
            rulebook.add_rule_version(PLATFORM_ADMIN, **settings | {"valid_from": date(2020, 6, 1)})
        assert db.session.scalar(select(func.count()).select_from(CountingRule)) == 7


class TestReadingAtVolume:
    def test_finds_the_outcomes_of_a_few_sales_by_index(self) -> None:
        known = make_sale()
        db.session.execute(
            text("""
            insert into sales select (jsonb_populate_record(s, jsonb_build_object(
                'id', gen_random_uuid(), 'cooperative_id', gen_random_uuid()))).*
            from sales s, generate_series(1, 3000)
            """)
        )
        db.session.execute(
            text("""
            insert into decisions select (jsonb_populate_record(d, jsonb_build_object(
                'id', gen_random_uuid(), 'cooperative_id', s.cooperative_id, 'sale_id', s.id))).*
            from decisions d, sales s where s.id <> d.sale_id
            """)
        )
        db.session.execute(text("analyze sales, decisions"))
        plans: list[str] = []

        def explain(_: object, cursor: Any, statement: str, values: Any, *_more: object) -> None:
            if "FROM sales" in statement:
                cursor.execute(f"EXPLAIN {statement}", values)
                plans.extend(row[0] for row in cursor.fetchall())

        engine = db.session.connection().engine
        event.listen(engine, "before_cursor_execute", explain)
        try:
            list_outcomes([known.line_id])
        finally:
            event.remove(engine, "before_cursor_execute", explain)
        assert any("uq_decisions_open" in line for line in plans), plans
        assert not any("Seq Scan" in line for line in plans), plans


class TestTwoAtOnce:
    def test_credit_a_sale_once(self, committed: Committed) -> None:
        facts = sale_facts()

        def credit() -> int:
            with transaction():
                return len(service.credit_sales([facts]))

        assert committed.in_parallel(*[credit] * 8) == [3] * 8
        with committed.context():
            assert db.session.scalar(select(func.count()).select_from(Credit)) == 3

    def test_confirm_and_reverse_without_losing_either(self, committed: Committed) -> None:
        sales = [sale_facts() for _ in range(6)]
        with committed.context(), transaction():
            service.credit_sales(sales)

        def confirm() -> None:
            with transaction():
                service.confirm_sales(
                    cooperative_id=COOPERATIVE,
                    line_ids=[s.line_id for s in reversed(sales)],
                    cause_id=new_id(),
                )

        def reverse(total: int) -> None:
            for sale in sales:
                with transaction():
                    service.reverse_sale(
                        cooperative_id=COOPERATIVE,
                        line_id=sale.line_id,
                        cause_id=new_id(),
                        returned_fen_total=total,
                    )

        results = committed.in_parallel(
            confirm, *[lambda total=total: reverse(total) for total in (100, 200, 300)], confirm
        )
        assert results == [None] * 5
        with committed.context():
            for outcome in list_outcomes([s.line_id for s in sales]):
                assert outcome.net_fen == 29_700
            found = verify.check(db.session.connection(), invariants.INVARIANTS)
            assert [f.invariant.title for f in found if f.violations] == []
