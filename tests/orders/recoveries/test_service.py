"""Recoveries: guarded by evidence, an officer, a notice, and any sign of life of the old number."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from marketplace import clock
from marketplace.audit import AuditEntry
from marketplace.database import db, transaction
from marketplace.identity import accounts, senders, sessions
from marketplace.identity.actor import Actor
from marketplace.identity.codes import phone_index
from marketplace.identity.models import Account, FormerPhone, SessionKind
from marketplace.identity.queries import find_account_by_phone_index
from marketplace.permissions import Role
from marketplace.wechat import service as wechat
from marketplace.wechat.client import WechatUser
from marketplace.wechat.queries import find_binding_of
from orders.recoveries import service
from orders.recoveries.errors import (
    EvidenceTooWeak,
    NewNumberInUse,
    RecoveryNotInState,
    RecoveryOfOneself,
    RecoveryOpen,
    TooManyRecoveries,
)
from orders.recoveries.evidence import list_evidence
from orders.recoveries.jobs import complete_recoveries
from orders.recoveries.models import Recovery, RecoveryState
from orders.trades.queries import bought_by
from tests.conftest import Committed
from tests.factories.identity import actor_of, make_account, make_actor
from tests.factories.orders import buy, make_market
from tests.factories.recoveries import NEW, OLD, Loss, apply, make_loss
from tests.orders.invariants import broken

AFTER_NOTICE = service.NOTICE_PERIOD + timedelta(minutes=1)


@pytest.fixture
def loss() -> Loss:
    return make_loss()


@pytest.fixture
def officer() -> Actor:
    return make_actor(Role.PLATFORM_ADMIN)


def holder(phone: str) -> Account | None:
    return find_account_by_phone_index(phone_index(phone))


def wait_out() -> None:
    """Let the notice run out, and what is due be done."""
    with clock.travel(clock.now() + AFTER_NOTICE):
        complete_recoveries()
    db.session.expire_all()


class TestSubmitRecovery:
    def test_seals_what_is_said(self, loss: Loss) -> None:
        apply(loss.said, story="手机掉进河里")
        stored = db.session.execute(text("select r::text from recoveries r")).scalar_one()
        for word in (OLD, NEW, "示例收货人", loss.order.order_no, "手机掉进河里"):
            assert word not in stored
            assert word.encode().hex() not in stored

    def test_is_the_same_for_numbers_that_nobody_has(self, loss: Loss) -> None:
        known = apply(loss.said)
        unknown = apply(loss.said, old_phone="13833333333", new_phone="13944444444")
        assert (known.state, known.answer) == (unknown.state, unknown.answer)
        assert known.account_id is unknown.account_id is None

    def test_is_one_at_a_time_for_a_new_number(self, loss: Loss) -> None:
        apply(loss.said)
        with pytest.raises(RecoveryOpen):
            apply(loss.said)

    def test_is_counted_for_the_lost_number_whoever_asks(self, loss: Loss) -> None:
        for number in range(service.OF_A_LOST_NUMBER):
            apply(loss.said, new_phone=f"1395555000{number}")
        with pytest.raises(TooManyRecoveries):
            apply(loss.said, new_phone="13955550009")

    def test_says_that_the_applicant_s_own_number_is_in_use(self, loss: Loss) -> None:
        market = make_market()
        buy(actor_of(make_account(phone=NEW)), [(market.tea, 1)])
        with pytest.raises(NewNumberInUse):
            apply(loss.said)


class TestEvidence:
    def test_needs_a_number_and_one_thing_more(self, loss: Loss, officer: Actor) -> None:
        for weak in (
            {"order_numbers": ("DD0000-0000-0000",)},
            {"recipient_name": "别人", "paid_fen": None},
            {"recipient_name": "别人", "paid_fen": 5801},
            {"old_phone": "13833333333"},
        ):
            recovery = apply(loss.said, **weak)  # type: ignore[arg-type]
            with pytest.raises(EvidenceTooWeak):
                service.approve_recovery(officer, recovery)
            service.refuse_recovery(officer, recovery, reason="核对不上")
            db.session.execute(update(Recovery).values(submitted_at=clock.now() - service.COUNTED))

    def test_finds_an_account_that_has_lost_its_number_to_another(
        self, loss: Loss, officer: Actor
    ) -> None:
        account = db.session.get_one(Account, loss.account.id)
        db.session.add(
            FormerPhone(account_id=account.id, phone_index=phone_index(OLD),
                        given_up_at=clock.now())
        )  # fmt: skip
        account.phone_sealed = account.phone_index = None
        account.phone_released_at = clock.now()
        db.session.flush()
        newcomer = accounts.ensure_phone_account(OLD)
        found = list_evidence(loss.said, phone_index(OLD))
        assert [(one.account.id, one.is_enough) for one in found] == [
            (account.id, True), (newcomer.id, False),
        ]  # fmt: skip
        recovery = service.approve_recovery(officer, apply(loss.said))
        assert recovery.account_id == account.id
        wait_out()
        assert holder(NEW) == account
        assert holder(OLD) == newcomer

    def test_leaves_staff_accounts_alone(self, loss: Loss) -> None:
        make_account(login_name="officer", phone="13833333333")
        assert list_evidence(loss.said, phone_index("13833333333")) == []


class TestApproveRecovery:
    def test_hands_nothing_over_before_the_notice_is_out(self, loss: Loss, officer: Actor) -> None:
        recovery = service.approve_recovery(officer, apply(loss.said))
        assert recovery.state is RecoveryState.APPROVED
        complete_recoveries()
        assert holder(OLD) == loss.account
        assert holder(NEW) is None

    def test_hands_the_account_over_after_the_notice(self, loss: Loss, officer: Actor) -> None:
        service.approve_recovery(officer, apply(loss.said))
        wait_out()
        account = holder(NEW)
        assert account is not None
        assert account.id == loss.account.id
        assert holder(OLD) is None
        condition = bought_by(actor_of(account))
        assert db.session.scalar(select(func.count()).where(condition)) == 1
        assert broken() == []

    def test_tells_both_numbers_and_says_no_code(
        self,
        loss: Loss,
        officer: Actor,
        run_jobs: Callable[[], int],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        told: list[tuple[str, str]] = []
        monkeypatch.setattr(
            senders.ConsoleSender,
            "send_notice",
            lambda self, phone, text, template, values: told.append((phone, text)),
        )
        service.approve_recovery(officer, apply(loss.said))
        run_jobs()
        assert [phone for phone, _ in told] == [OLD, NEW]
        assert "有人申请把您的账号转到另一个手机号" in told[0][1]
        wait_out()
        run_jobs()
        assert [phone for phone, _ in told[2:]] == [OLD, NEW]

    def test_takes_the_number_from_an_account_that_only_looked_around(
        self, loss: Loss, officer: Actor
    ) -> None:
        service.approve_recovery(officer, apply(loss.said))
        looked = make_account(phone=NEW)
        wait_out()
        assert holder(NEW) == loss.account
        assert looked.phone_index is None

    def test_stops_when_the_new_number_came_into_use(self, loss: Loss, officer: Actor) -> None:
        recovery = service.approve_recovery(officer, apply(loss.said))
        market = make_market()
        buy(actor_of(make_account(phone=NEW)), [(market.tea, 1)])
        wait_out()
        assert recovery.state is RecoveryState.STOPPED
        assert holder(OLD) == loss.account

    def test_stops_when_the_old_number_was_used_meanwhile(self, loss: Loss, officer: Actor) -> None:
        recovery = service.approve_recovery(officer, apply(loss.said))
        loss.account.phone_proved_at = clock.now() + timedelta(days=1)
        db.session.flush()
        wait_out()
        assert recovery.state is RecoveryState.STOPPED
        assert holder(OLD) == loss.account
        assert holder(NEW) is None

    def test_stops_when_its_holder_says_so(self, loss: Loss, officer: Actor) -> None:
        recovery = service.approve_recovery(officer, apply(loss.said))
        assert service.stop_own_recovery(actor_of(loss.account)) is True
        assert service.stop_own_recovery(actor_of(loss.account)) is False
        wait_out()
        assert recovery.state is RecoveryState.STOPPED
        assert holder(OLD) == loss.account

    def test_is_not_decided_by_who_is_concerned(self, loss: Loss) -> None:
        concerned = actor_of(make_account(role=Role.PLATFORM_ADMIN, phone=NEW))
        recovery = apply(loss.said, new_phone="13966666666")
        recovery.new_phone_index = phone_index(NEW)
        db.session.flush()
        for decide in (
            lambda: service.approve_recovery(concerned, recovery),
            lambda: service.refuse_recovery(concerned, recovery, reason="x"),
        ):
            with pytest.raises(RecoveryOfOneself):
                decide()

    def test_ends_the_sessions_of_whoever_has_the_account(self, loss: Loss, officer: Actor) -> None:
        opened = sessions.open_session(loss.account, SessionKind.TOKEN)
        wechat.bind(actor_of(loss.account), "wx-test", WechatUser("o-test", None))
        service.approve_recovery(officer, apply(loss.said))
        wait_out()
        assert find_binding_of(loss.account.id) is None
        assert sessions.resolve(opened.token, SessionKind.TOKEN) is None

    def test_leaves_a_row_in_the_audit_trail_for_each_step(
        self, loss: Loss, officer: Actor
    ) -> None:
        recovery = service.approve_recovery(officer, apply(loss.said))
        wait_out()
        wanted = select(AuditEntry.action).where(AuditEntry.subject_id == str(recovery.id))
        assert list(db.session.scalars(wanted.order_by(AuditEntry.at, AuditEntry.id))) == [
            "recovery.submitted", "recovery.approved", "recovery.completed",
        ]  # fmt: skip
        entries = db.session.scalars(select(AuditEntry)).all()
        assert all(OLD not in str(one.after) for one in entries)

    def test_the_same_number_asks_when_its_question_cannot_be_answered(
        self, officer: Actor
    ) -> None:
        loss = make_loss(OLD, OLD)
        with pytest.raises(EvidenceTooWeak):
            service.approve_recovery(officer, weak := apply(loss.said, paid_fen=None))
        service.refuse_recovery(officer, weak, reason="须写明付款金额")
        recovery = service.approve_recovery(officer, apply(loss.said))
        wait_out()
        assert recovery.state is RecoveryState.COMPLETED
        assert holder(OLD) == loss.account


class TestRefuseRecovery:
    def test_is_the_end(self, loss: Loss, officer: Actor) -> None:
        recovery = service.refuse_recovery(officer, apply(loss.said), reason="核对不上")
        with pytest.raises(RecoveryNotInState):
            service.approve_recovery(officer, recovery)


class TestAtOnce:
    def test_completion_and_a_stop_leave_one_of_them(self, committed: Committed) -> None:
        with committed.context(), transaction():
            loss = make_loss()
            owner = actor_of(loss.account)
            officer = make_actor(Role.PLATFORM_ADMIN)
            recovery = service.approve_recovery(officer, apply(loss.said))
            recovery.completes_at = clock.now()
            recovery_id, account_id = recovery.id, loss.account.id

        def complete() -> object:
            with transaction():
                return service.complete_recovery(recovery_id)

        def stop() -> object:
            with transaction():
                return service.stop_own_recovery(owner)

        results = committed.in_parallel(complete, stop, complete)
        assert not [one for one in results if isinstance(one, Exception)]
        with committed.context():
            state = db.session.get_one(Recovery, recovery_id).state
            phone = db.session.get_one(Account, account_id).phone_index
            is_done = state is RecoveryState.COMPLETED
            assert is_done is (results[1] is False)
            assert phone == phone_index(NEW if is_done else OLD)
            assert broken() == []
