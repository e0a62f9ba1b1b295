"""The audit trail keeps who, what, when and from where, and forgets only whole old months."""

import uuid
from datetime import UTC, datetime

import pytest
from flask import Flask, g
from sqlalchemy import select, text

from marketplace import audit, clock, retire_audit
from marketplace.audit_trail.showing import show_entries
from marketplace.database import db
from marketplace.identity.actor import ANONYMOUS, SYSTEM, Actor
from tests.conftest import Committed
from tests.factories.identity import actor_of, make_account


class TestRecord:
    def test_keeps_who_what_when_and_from_where(self, app: Flask) -> None:
        account = uuid.uuid4()
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": "192.0.2.7"}):
            g.request_id = "request-1"
            audit.record("order.shipped", "order", "o1", actor=Actor(id=account),
                         before={"state": "paid"}, after={"state": "shipped"})  # fmt: skip
            kept = db.session.scalars(select(audit.AuditEntry)).one()
        assert (kept.account_id, kept.action, kept.subject_id) == (account, "order.shipped", "o1")
        assert (kept.address, kept.request_id) == ("192.0.2.7", "request-1")
        assert (kept.before, kept.after) == ({"state": "paid"}, {"state": "shipped"})
        assert abs((kept.at - clock.now()).total_seconds()) < 60

    def test_keeps_entries_of_a_month_that_nobody_prepared(self) -> None:
        with clock.travel(datetime(2020, 6, 15, tzinfo=UTC)):
            audit.record("test", "x", "1", actor=Actor())
        assert db.session.scalars(select(audit.AuditEntry)).one().at.year == 2020

    def test_keeps_apart_people_the_system_and_visitors(self, app: Flask) -> None:
        officer = actor_of(make_account(login_name="finance-li"))
        cases: list[tuple[Actor | None, Actor, str]] = [
            (officer, officer, "finance-li"),
            (officer, SYSTEM, "系统（因 finance-li 的操作）"),
            # A provider's notice: nobody signs in for it, and nobody asks who did.
            (None, SYSTEM, "系统"),
            (ANONYMOUS, SYSTEM, "系统"),
            (ANONYMOUS, ANONYMOUS, "未登录的访客"),
        ]
        for number, (caller, actor, _) in enumerate(cases):
            with app.test_request_context("/", environ_base={"REMOTE_ADDR": "192.0.2.7"}):
                g.actor = caller
                audit.record("statement.paid", "statement", str(number), actor=actor)
                g.pop("actor")
        audit.record("statement.paid", "statement", str(len(cases)), actor=SYSTEM)
        kept = db.session.scalars(
            select(audit.AuditEntry)
            .where(audit.AuditEntry.action == "statement.paid")
            .order_by(audit.AuditEntry.subject_id)
        ).all()
        told = [each.who for each in show_entries(kept)]
        assert told == [*(said for *_, said in cases), "系统"]

    @pytest.mark.parametrize(
        ("action", "said"), [("payment.succeeded", "系统"), ("sign_in.denied", "未登录的访客")]
    )
    def test_reads_old_entries_by_what_was_done(self, action: str, said: str) -> None:
        old = audit.entry(action, "payment", "p1", actor=SYSTEM) | {"actor_kind": None}
        audit.record_all([old])
        assert [
            each.who for each in show_entries(db.session.scalars(select(audit.AuditEntry)).all())
        ] == [said]


class TestEnsureAuditPartitions:
    def test_may_run_again(self) -> None:
        audit.ensure_audit_partitions()
        audit.ensure_audit_partitions()
        count = db.session.scalar(
            text("select count(*) from pg_inherits where inhparent = 'audit_entries'::regclass")
        )
        assert count >= 5


class TestRetire:
    def test_drops_old_months_only(self, committed: Committed) -> None:
        with committed.owner() as owner:
            owner.execute(
                text(
                    "create table audit_entries_2020_01 partition of audit_entries "
                    "for values from ('2020-01-01') to ('2020-02-01')"
                )
            )
        assert retire_audit.retire(committed.owner_url, 400) == ["audit_entries_2020_01"]
        assert retire_audit.retire(committed.owner_url, 400) == []

    def test_refuses_less_than_the_law_asks_for(self, committed: Committed) -> None:
        with pytest.raises(ValueError, match="200"):
            retire_audit.retire(committed.owner_url, 100)
