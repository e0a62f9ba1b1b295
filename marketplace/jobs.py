"""Work done later: enqueued in the transaction of its cause, run by workers, safe to run twice.

Built on procrastinate: jobs are rows of this database, so there is no broker to lose them and no
outbox to forget. ``enqueue`` is the only door. A job of a killed worker is taken up again.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from flask import Flask, has_app_context
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from marketplace.database import db, raw_connection, transaction

T = TypeVar("T")

# procrastinate counts retries: 8 means nine runs, the last about four minutes after the first.
RETRIES = 8
STALLED_AFTER_SECONDS = 30
PULSE_SECONDS = 1.0

log = logging.getLogger(__name__)

# Sessions in which jobs are enqueued bring their own connection; this connector never opens one.
queue = App(connector=SyncPsycopgConnector())


class _Bound(NamedTuple):
    app: Flask | None


_bound = _Bound(None)


def bind(app: Flask) -> None:
    """Tell the jobs of this process which application they run in (worker start)."""
    global _bound  # noqa: PLW0603 - one worker process runs one application
    _bound = _Bound(app)


def _in_app_context(function: Callable[..., None]) -> Callable[..., None]:
    @wraps(function)
    def run(**kwargs: Any) -> None:
        if has_app_context():
            function(**kwargs)
            return
        if _bound.app is None:
            raise RuntimeError("no application is bound: start workers with marketplace.worker")
        with _bound.app.app_context():
            function(**kwargs)

    return run


def task(
    name: str, *, retries: int = RETRIES, queue_name: str = "default"
) -> Callable[[Callable[..., None]], Task[Any, Any, Any]]:
    """Register a job: a function of JSON keyword arguments that opens its own transactions."""

    def register(function: Callable[..., None]) -> Task[Any, Any, Any]:
        return queue.task(
            name=name,
            queue=queue_name,
            retry=RetryStrategy(max_attempts=retries, exponential_wait=2) if retries else False,
        )(_in_app_context(function))

    return register


def periodic(cron: str, name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a job that a worker starts by the clock; returns the plain function unchanged."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        def run(timestamp: int) -> None:
            _in_app_context(function)()

        run.__doc__ = function.__doc__
        job = queue.task(name=name, queue="periodic", queueing_lock=name, lock=name)(run)
        queue.periodic(cron=cron)(job)
        return function

    return register


def for_each(due: Iterable[T], step: Callable[[T], object], failed: str) -> None:
    """Take a step with each in a transaction of its own; one that fails leaves the others alone.

    ``failed`` is what the log says of it. The next run of the job meets it again.
    """

    def alone(each: T) -> None:
        with transaction():
            step(each)

    for_each_outside_transaction(due, alone, failed)


def for_each_outside_transaction(
    due: Iterable[T], step: Callable[[T], object], failed: str
) -> None:
    """The same for a step that opens its own transactions, because it asks somebody outside."""
    for each in due:
        try:
            step(each)
        except Exception:
            log.exception(failed, extra={"subject_id": str(each)})


_pulses: list[Callable[[], None]] = []


def pulse(function: Callable[[], None]) -> Callable[[], None]:
    """Register what every worker looks for each second, beside its jobs; returns it unchanged.

    For work whose cause must not pay for a job of its own. The function opens its own
    transactions, is quick where there is nothing to do, and stands it that others do the same.
    """
    _pulses.append(function)
    return function


def beat() -> None:
    """Run each pulse once; one that fails keeps none of the others from running."""
    for function in _pulses:
        try:
            _in_app_context(function)()
        except Exception:
            log.exception("a pulse failed", extra={"pulse": function.__name__})


@contextmanager
def _beating() -> Iterator[None]:
    """Run the pulses in a thread of their own until the block ends."""
    is_over = threading.Event()

    def run() -> None:
        while not is_over.is_set():
            beat()
            is_over.wait(PULSE_SECONDS)

    thread = threading.Thread(target=run, name="pulse", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(timeout=10)


def enqueue(
    job: Task[Any, Any, Any],
    *,
    schedule_at: datetime | None = None,
    lock: str | None = None,
    queueing_lock: str | None = None,
    **arguments: Any,
) -> None:
    """Enqueue a job in the current transaction: it exists exactly if the transaction commits.

    ``lock``: no two jobs with it run at once. ``queueing_lock``: no two wait at once; a second
    one is dropped quietly.
    """
    options: dict[str, Any] = {"schedule_at": schedule_at, "lock": lock}
    if queueing_lock is None:
        job.configure(**options, connection=raw_connection()).defer(**arguments)
        return
    # The savepoint is taken first and the raw connection inside it: a clash of the queueing
    # lock would otherwise abort the caller's whole transaction.
    nested = db.session.begin_nested()
    try:
        connection = raw_connection()
        job.configure(**options, queueing_lock=queueing_lock, connection=connection).defer(
            **arguments
        )
    except AlreadyEnqueued:
        nested.rollback()
    except BaseException:
        nested.rollback()
        raise
    else:
        nested.commit()


@queue.periodic(cron="* * * * *")
@queue.task(
    name="marketplace.retry_stalled_jobs",
    queue="periodic",
    queueing_lock="marketplace.retry_stalled_jobs",
    # Two at once would each put the same job back, the second after it was taken up again.
    lock="marketplace.retry_stalled_jobs",
    pass_context=True,
)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Put the jobs of workers that died back into the queue."""
    manager = context.app.job_manager
    stalled = await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS)
    for job in stalled:
        await manager.retry_job(job)


@queue.periodic(cron="23 3 * * *")
@queue.task(name="marketplace.drop_old_jobs", queue="periodic", pass_context=True)
async def drop_old_jobs(context: JobContext, timestamp: int) -> None:
    """Delete jobs that succeeded more than a week ago; failed ones stay to be looked at."""
    await context.app.job_manager.delete_old_jobs(nb_hours=24 * 7)


def work(app: Flask, conninfo: str, *, wait: bool = True, concurrency: int = 4) -> None:
    """Run jobs until a signal stops the process (``wait=False``: until none is due)."""
    bind(app)
    # The worker's connections are asynchronous, those of a job that enqueues another are not: so
    # the worker gets an app of its own, and with it the jobs that it enqueues by the clock itself.
    worker_app = queue.with_connector(PsycopgConnector(conninfo=conninfo))
    for periodic_task in queue.periodic_registry.periodic_tasks.values():
        periodic_task.task.blueprint = worker_app

    async def run() -> None:
        async with worker_app.open_async():
            await worker_app.run_worker_async(
                wait=wait,
                concurrency=concurrency,
                fetch_job_polling_interval=2.0,
                shutdown_graceful_timeout=20.0,
                stalled_worker_timeout=STALLED_AFTER_SECONDS,
            )

    if not wait:
        beat()
        asyncio.run(run())
        return
    with _beating():
        asyncio.run(run())
