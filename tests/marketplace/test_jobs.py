"""Jobs exist exactly if their cause is committed, and survive the worker that dies with them."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import URL

from marketplace import audit, jobs
from marketplace.database import db, transaction
from marketplace.identity.actor import SYSTEM
from marketplace.ids import new_id
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from tests.conftest import Committed
from tests.databases import ROOT


@jobs.task("tests.leave_a_mark")
def leave_a_mark(mark: str) -> None:
    """Write an audit row, as any job writes something."""
    with transaction():
        audit.record("tests.mark", "mark", mark, actor=SYSTEM)


@jobs.task("tests.leave_it_to_another")
def leave_it_to_another(mark: str) -> None:
    """Enqueue a job from within a job."""
    with transaction():
        jobs.enqueue(leave_a_mark, queueing_lock=mark, mark=mark)


@jobs.task("tests.go_on_once")
def go_on_once(mark: str) -> None:
    """Leave a mark and go on in a job of the same queueing lock, as long work does in steps."""
    with transaction():
        audit.record("tests.mark", "mark", mark, actor=SYSTEM)
        if len(mark) < 3:
            jobs.enqueue(go_on_once, queueing_lock="steps", mark=mark + "a")


def waiting() -> list[str]:
    rows = db.session.execute(
        text("select args->>'mark' from procrastinate_jobs where status = 'todo' order by id")
    )
    return list(rows.scalars())


def marks() -> list[str]:
    rows = db.session.execute(
        text("select subject_id from audit_entries where action = 'tests.mark' order by at, id")
    )
    return list(rows.scalars())


class TestEnqueue:
    def test_is_undone_with_its_transaction(self) -> None:
        class Refused(Exception):
            pass

        def refuse() -> None:
            with transaction():
                jobs.enqueue(leave_a_mark, mark="a")
                raise Refused

        with pytest.raises(Refused):
            refuse()
        assert waiting() == []

    def test_commits_with_its_transaction_on_a_connection_that_had_not_begun(
        self, committed: Committed
    ) -> None:
        with committed.context(), transaction():
            jobs.enqueue(leave_a_mark, mark="a")
        with committed.context():
            assert waiting() == ["a"]

    def test_a_clash_of_the_queueing_lock_keeps_the_callers_work(
        self, committed: Committed
    ) -> None:
        for mark in ("a", "b"):
            with committed.context(), transaction():
                audit.record("tests.mark", "mark", mark, actor=SYSTEM)
                jobs.enqueue(leave_a_mark, queueing_lock="one", mark=mark)
        with committed.context():
            assert waiting() == ["a"]
            assert marks() == ["a", "b"]

    def test_a_job_may_enqueue_itself_again(self, run_jobs: Callable[[], int]) -> None:
        with transaction():
            jobs.enqueue(go_on_once, queueing_lock="steps", mark="a")
        assert run_jobs() == 3
        assert marks() == ["a", "aa", "aaa"]

    def test_runs_when_due(self, run_jobs: Callable[[], int]) -> None:
        with transaction():
            jobs.enqueue(leave_a_mark, mark="a")
        assert run_jobs() == 1
        assert marks() == ["a"]


class TestForEach:
    def test_one_that_fails_is_undone_and_told_and_leaves_the_others_alone(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        def step(mark: str) -> None:
            audit.record("tests.mark", "mark", mark, actor=SYSTEM)
            if mark == "b":
                raise ValueError

        jobs.for_each(["a", "b", "c"], step, "a mark failed")
        assert marks() == ["a", "c"]
        assert [(each.message, each.__dict__["subject_id"]) for each in caplog.records] == [
            ("a mark failed", "b")
        ]


# Loaded once, and forked for each worker: the loading would be most of their time.
WORKERS = """
import os, signal, sys
from pathlib import Path
from sqlalchemy.engine import make_url
from marketplace import jobs
from marketplace.app import create_app
from tests import databases
from tests.marketplace import test_jobs

url = make_url(sys.argv[1])
app = create_app(databases.settings_for(url, Path(sys.argv[2])))
for how in sys.stdin:
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
        continue
    if how == "dies\\n":
        test_jobs.leave_a_mark.func = lambda **kw: os.kill(os.getpid(), signal.SIGKILL)
    jobs.work(app, url.set(drivername="postgresql").render_as_string(hide_password=False),
              wait=how == "waits\\n")
    os._exit(0)
"""


class Workers:
    """Starts workers, one after another, over the database of the test."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def start(self, how: str) -> int:
        """Start one that ``ends`` when nothing is due, ``waits`` for a signal or ``dies`` at work."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{how}\n".encode())
        return self._number()

    def wait(self) -> int:
        """Wait for the end of the one started last, and return its status."""
        return self._number()

    def _number(self) -> int:
        assert self.process.stdout is not None
        told, _, _ = select.select([self.process.stdout], [], [], 180)
        assert told, "nothing happened for three minutes"
        return int(self.process.stdout.readline())


@pytest.fixture(scope="module")
def workers(
    committing: tuple[Flask, URL, URL], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    url = committing[2].render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", WORKERS, url, str(tmp_path_factory.mktemp("workers"))],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    ) as process:
        yield Workers(process)


class TestWorker:
    def test_a_job_enqueues_another_and_what_was_announced_is_told(
        self, committed: Committed, workers: Workers
    ) -> None:
        with committed.context(), transaction():
            jobs.enqueue(leave_it_to_another, mark="a")
            announce(EventKind.ORDER_PAID, subject_id=(paid := new_id()))
        for _ in range(2):
            workers.start("ends")
            assert workers.wait() == 0
        with committed.context():
            assert marks() == ["a"]
            told = db.session.execute(text("select subject_id from events")).scalars()
            assert list(told) == [paid]

    def test_takes_up_the_job_of_a_killed_worker(
        self, committed: Committed, workers: Workers
    ) -> None:
        with committed.context(), transaction():
            jobs.enqueue(leave_a_mark, mark="a")
        workers.start("dies")
        assert workers.wait() == -signal.SIGKILL
        with committed.owner() as owner:
            doing = owner.scalar(
                text("select count(*) from procrastinate_jobs where status = 'doing'")
            )
            assert doing == 1
            # The dead worker's last sign of life lies a while back.
            owner.execute(
                text(
                    "update procrastinate_workers set "
                    "last_heartbeat = now() - interval '10 minutes'"
                )
            )
            owner.execute(
                text(
                    "select procrastinate_defer_periodic_job_v2('periodic', "
                    "'marketplace.retry_stalled_jobs', null, "
                    "'marketplace.retry_stalled_jobs', 0, '', 1, '{\"timestamp\": 1}'::jsonb)"
                )
            )
        second = workers.start("waits")
        try:
            deadline = time.monotonic() + 180
            found: list[str] = []
            while not found and time.monotonic() < deadline:
                time.sleep(0.3)
                with committed.context():
                    found = marks()
            assert found == ["a"]
        finally:
            os.kill(second, signal.SIGTERM)
            assert workers.wait() == 0
