"""Fixtures: a real PostgreSQL made by the migrations, met as the application's role.

``database`` (automatic) wraps each test in an outer transaction that is rolled back.
``committed`` is a database of its own, for tests of concurrency and of pages.
"""

import contextvars
import gc
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool
from xdist.scheduler import LoadScopeScheduling

from marketplace import clock, jobs, reading
from marketplace.app import create_app
from marketplace.database import db
from marketplace.days import heads
from marketplace.identity import passwords
from orders.payments.sandbox import database as sandbox
from partners.regions import queries as regions
from tests import browser, databases, markup

T = TypeVar("T")

# All that is loaded until the tests begin stays: ``pytest_collection_finish`` turns it on again.
gc.disable()

# A check gives the same answer each time, however slow the machine is. To look for new trouble:
# EXPLORE=10 runs ten times as many made-up examples, other ones each time.
EXPLORE = int(os.environ.get("EXPLORE", "0"))
settings.register_profile(
    "suite",
    deadline=None,
    database=None,
    derandomize=not EXPLORE,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    max_examples=100 * max(EXPLORE, 1),
)
settings.load_profile("suite")

# Hashing is slow on purpose, and quick in tests; test_passwords.py meets the real one.
STRONG_HASHER = passwords._hasher


# Modules whose tests share a browser, a server or data that is slow to make: each runs as a whole in
# one process, and before the rest, so that none of them is what the others wait for in the end.
TOGETHER = (
    "tests/pages/",
    "tests/marketplace/embedded/",
    "tests/marketplace/serve/",
    "tests/marketplace/test_jobs.py",
    "tests/config/test_bootstrap.py",
    "tests/samples/",
)


class Scheduling(LoadScopeScheduling):
    """Hands out tests one by one, and the modules of TOGETHER whole."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.split("::", 1)[0]
        return module if module.startswith(TOGETHER) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Distribute the tests of a parallel run."""
    return Scheduling(config, log)


class Client(FlaskClient):
    """A client whose requests see neither the test's app context nor its unflushed session."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        db.session.commit()  # to the test's savepoint
        response = contextvars.Context().run(super().open, *args, **kwargs)
        db.session.expire_all()
        if response.mimetype == "text/html" and not response.is_streamed:
            assert not (broken := markup.fault(response.text)), f"{response.request.path}: {broken}"
        return response


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave what is loaded by now out of the collector's rounds, as the server does when it forks."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly what was not run (here, because workers of a parallel run say nothing)."""
    if not browser.chromium() and not browser.is_needed():
        terminalreporter.write_line(
            "The page tests (tests/pages) were left out: no Chromium on this machine. "
            f"To run them: {browser.HOW_TO_GET}"
        )


@pytest.fixture(scope="session")
def server() -> databases.Server:
    return databases.server()


@pytest.fixture(scope="session")
def var_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="session")
def template(server: databases.Server, var_dir: Path) -> str:
    return databases.template(server, var_dir)


@pytest.fixture(scope="session")
def database_urls(server: databases.Server, template: str) -> Iterator[tuple[URL, URL]]:
    """The owner's and the application's URL of this worker's own database."""
    with databases.clone(server, template) as urls:
        yield urls


@pytest.fixture(scope="session")
def app(database_urls: tuple[URL, URL], var_dir: Path) -> Iterator[Flask]:
    application = create_app(databases.settings_for(database_urls[1], var_dir))
    application.test_client_class = Client
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with application.app_context():
        # Which test meets the cold cache, or the look of each minute, must not decide what it counts.
        regions.SECONDS_BETWEEN_LOOKS = float("inf")
        regions.tree()
    yield application
    close(application)


@contextmanager
def rolled_back(app: Flask) -> Iterator[Connection]:
    """Give the application one connection, in a transaction that is undone at the end."""
    with app.app_context():
        engine = db.engine
        with engine.connect() as connection:
            outer = connection.begin()
            db.engines[None] = connection  # type: ignore[index]
            try:
                yield connection
            finally:
                db.session.remove()
                outer.rollback()
                db.engines[None] = engine  # type: ignore[index]
                # The copy outside the database goes with the rows that it was made of.
                heads.heads_file().unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def database(app: Flask) -> Iterator[Connection]:
    """One outer transaction a test; commits inside are savepoints, and all of it is undone."""
    with rolled_back(app) as connection:
        yield connection


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def owner_connection(database_urls: tuple[URL, URL]) -> Iterator[Connection]:
    """A connection of the owner role, rolled back at the end; it does not see the test's rows."""
    engine = create_engine(database_urls[0], poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


@dataclass(slots=True)
class Committed:
    """A database of one test's own: what is committed in it is really committed."""

    app: Flask
    owner_url: str
    url: str

    def client(self) -> FlaskClient:
        return self.app.test_client()

    @contextmanager
    def context(self) -> Iterator[None]:
        """An app context with its own session, as a request or job has."""
        with self.app.app_context():
            yield

    @contextmanager
    def owner(self) -> Iterator[Connection]:
        """A committing connection of the owner role (to plant faults)."""
        engine = create_engine(self.owner_url, poolclass=NullPool)
        with engine.begin() as connection:
            yield connection
        engine.dispose()

    def cut_connections(self) -> None:
        """End every connection of the application, as a failing network or server does."""
        # As the application's own role: the owner of a server's database may not signal others.
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid() "
                    "and usename = current_user"
                )
            )
        engine.dispose()

    def in_parallel(self, *calls: Callable[[], T]) -> list[T | Exception]:
        """Run calls at the same moment, each in its own thread, session and connection.

        Returns each one's result or the exception it raised, in order.
        """
        barrier = threading.Barrier(len(calls))

        def run(call: Callable[[], T]) -> T | Exception:
            with self.app.app_context():
                barrier.wait(timeout=120)
                try:
                    return call()
                except Exception as raised:
                    return raised

        with ThreadPoolExecutor(len(calls)) as pool:
            return [future.result() for future in [pool.submit(run, call) for call in calls]]

    def run_jobs(self) -> int:
        with self.app.app_context():
            return run_due_jobs()


@pytest.fixture(scope="session")
def committing(
    server: databases.Server, template: str, var_dir: Path
) -> Iterator[tuple[Flask, URL, URL]]:
    """An application whose database is made anew for each test, with the two URLs of that."""
    with databases.clone(server, template) as (owner_url, app_url):
        # Sixteen buyers at once are sixteen connections, not twelve and a queue.
        settings = replace(databases.settings_for(app_url, var_dir), database_pool_size=16)
        yield create_app(settings), owner_url, app_url


@pytest.fixture
def committed(
    committing: tuple[Flask, URL, URL], server: databases.Server, template: str, tmp_path: Path
) -> Iterator[Committed]:
    application, owner_url, app_url = committing
    databases.renew(server, template, owner_url)
    settings = application.config["SETTINGS"]
    application.config["SETTINGS"] = replace(settings, var_dir=tmp_path)
    yield Committed(
        application,
        owner_url.render_as_string(hide_password=False),
        app_url.render_as_string(hide_password=False),
    )
    application.config["SETTINGS"] = settings
    close(application)


def close(application: Flask) -> None:
    """Give every connection back: the shop's two pools, and those of the sandbox provider."""
    sandbox.dispose(application)
    reading.dispose(application)
    with application.app_context():
        db.engine.dispose()


def run_due_jobs(rounds: int = 50) -> int:
    """Run every job that is due by the (travelled) clock, in this process; return how many ran."""
    ran = 0
    for _ in range(rounds):
        due = db.session.execute(
            text(
                "select id, task_name, args from procrastinate_jobs where status = 'todo' "
                "and (scheduled_at is null or scheduled_at <= :now) order by id"
            ),
            {"now": clock.now()},
        ).all()
        db.session.commit()
        if not due:
            return ran
        for job in due:
            # Out of the queue while it runs, as with a worker: it may enqueue itself again.
            _set_status(job.id, "doing")
            try:
                jobs.queue.tasks[job.task_name].func(**job.args)
            except BaseException:
                db.session.rollback()
                _set_status(job.id, "todo")
                raise
            table = text("delete from procrastinate_jobs where id = :id")
            db.session.execute(table, {"id": job.id})
            db.session.commit()
            ran += 1
    raise AssertionError("jobs keep enqueueing jobs")


def _set_status(job_id: int, status: str) -> None:
    moved = text(
        "update procrastinate_jobs set status = cast(:status as procrastinate_job_status) where id = :id"
    )
    db.session.execute(moved, {"id": job_id, "status": status})
    db.session.commit()


@pytest.fixture
def run_jobs(database: Connection) -> Callable[[], int]:
    return run_due_jobs


@pytest.fixture
def travel() -> Iterator[Callable[[datetime], None]]:
    """Return a function that moves the clock; it may be called again to move on."""
    with ExitStack() as stack:

        def go(instant: datetime) -> None:
            stack.enter_context(clock.travel(instant))

        yield go
