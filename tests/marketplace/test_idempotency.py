"""The same request twice has one effect and one answer."""

import threading
import uuid
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import func, select

from marketplace import audit, idempotency
from marketplace.database import db, transaction
from marketplace.errors import Conflict
from marketplace.http import idempotent
from marketplace.identity.actor import Actor
from tests.conftest import Committed

ACCOUNT = uuid.UUID("018f0000-0000-7000-8000-000000000001")


class Counter:
    """A view with an effect in the database, as a creating view has."""

    def __init__(self, *, steps: bool = False, fails: int = 0) -> None:
        self.view = idempotent(self._create, steps=steps)
        self.steps = steps
        self.fails = fails
        self.entered = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def _create(self) -> Any:
        with transaction():
            audit.record("test.created", "test", "1", actor=Actor(id=ACCOUNT))
            if self.fails:
                self.fails -= 1
                raise Conflict
            self.entered.set()
            self.go_on.wait(120)
        return {"made": 1}, 201

    def post(self, app: Flask, key: str | None, body: str = "{}") -> Any:
        headers = {"Idempotency-Key": key} if key is not None else {}
        with app.test_request_context("/x", method="POST", data=body, headers=headers):
            g.actor = Actor(id=ACCOUNT)
            response = app.make_response(self.view())
            return response


def effects() -> int:
    entry = audit.AuditEntry
    return db.session.scalar(select(func.count()).where(entry.action == "test.created")) or 0


@pytest.fixture(params=[False, True], ids=["at once", "in steps"])
def counter(request: pytest.FixtureRequest) -> Counter:
    return Counter(steps=request.param)


class TestIdempotent:
    def test_repeats_the_first_answer_without_a_second_effect(
        self, app: Flask, counter: Counter
    ) -> None:
        first = counter.post(app, "k1")
        second = counter.post(app, "k1")
        assert (first.status_code, first.json) == (second.status_code, second.json)
        assert second.headers["Idempotency-Replayed"] == "true"
        assert effects() == 1

    def test_refuses_another_body_under_the_same_key(self, app: Flask, counter: Counter) -> None:
        counter.post(app, "k1")
        with pytest.raises(idempotency.IdempotencyKeyReused):
            counter.post(app, "k1", body='{"a": 1}')
        assert effects() == 1

    def test_without_a_key_does_it_each_time(self, app: Flask, counter: Counter) -> None:
        counter.post(app, None)
        counter.post(app, None)
        assert effects() == 2

    def test_a_refused_request_may_be_tried_again(self, app: Flask, counter: Counter) -> None:
        counter.fails = 1
        with pytest.raises(Conflict):
            counter.post(app, "k1")
        assert counter.post(app, "k1").status_code == 201
        assert effects() == 1

    @pytest.mark.parametrize("key", ["", "x" * 256, "钥匙", "a\tb"])
    def test_refuses_a_malformed_key(self, app: Flask, counter: Counter, key: str) -> None:
        if not key.isascii():
            key = key.encode().decode("latin-1")
        with pytest.raises(idempotency.IdempotencyKeyMalformed):
            counter.post(app, key)
        assert effects() == 0

    @pytest.mark.parametrize("steps", [False, True], ids=["at once", "in steps"])
    def test_a_second_one_in_flight_is_refused(self, committed: Committed, steps: bool) -> None:
        counter = Counter(steps=steps)
        counter.go_on.clear()
        answers: list[Any] = []

        def first() -> None:
            with committed.context():
                answers.append(counter.post(committed.app, "k1"))

        thread = threading.Thread(target=first)
        thread.start()
        assert counter.entered.wait(120)
        with committed.context(), pytest.raises(idempotency.RequestInFlight):
            counter.post(committed.app, "k1")
        counter.go_on.set()
        thread.join()
        with committed.context():
            again = counter.post(committed.app, "k1")
            assert again.json == answers[0].json
            assert effects() == 1

    def test_twenty_at_once_have_one_effect(self, committed: Committed) -> None:
        counter = Counter()
        results = committed.in_parallel(*[lambda: counter.post(committed.app, "k1")] * 20)
        refused = [r for r in results if isinstance(r, Exception)]
        assert all(isinstance(r, idempotency.RequestInFlight) for r in refused)
        assert len(refused) < 20
        with committed.context():
            assert effects() == 1


class TestInSteps:
    """A view that commits several times: its key goes with the first, its answer with the last."""

    def test_the_last_step_and_its_answer_are_kept_together(self, committed: Committed) -> None:
        seen: list[int] = []

        def view() -> Any:
            with transaction():
                audit.record("test.created", "test", "1", actor=Actor(id=ACCOUNT))
            with transaction(is_last=True):
                audit.record("test.created", "test", "2", actor=Actor(id=ACCOUNT))
            with committed.owner() as outside:
                seen.append(outside.scalar(select(func.count(audit.AuditEntry.id))) or 0)
            return {"made": 1}, 201

        counter = Counter(steps=True)
        counter.view = idempotent(view, steps=True)
        with committed.context():
            counter.post(committed.app, "k1")
            assert effects() == 2
        assert seen == [1]
        with committed.context():
            assert counter.post(committed.app, "k1").headers["Idempotency-Replayed"] == "true"
        with committed.context():
            counter.post(committed.app, None)
            assert effects() == 4
        assert seen == [1, 4]

    def test_a_failure_before_the_first_step_leaves_no_key(self, app: Flask) -> None:
        counter = Counter(steps=True)
        failing = [True]

        def view() -> Any:
            if failing.pop() if failing else False:
                raise Conflict
            return counter._create()

        counter.view = idempotent(view, steps=True)
        with pytest.raises(Conflict):
            counter.post(app, "k1")
        assert counter.post(app, "k1").status_code == 201
        assert effects() == 1
