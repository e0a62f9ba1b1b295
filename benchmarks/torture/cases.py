"""The cases: what is killed, when, and while what is going on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from benchmarks.torture import crowds, failing
from benchmarks.torture.buyer import Buyer
from benchmarks.torture.records import Records
from benchmarks.torture.world import World

BUYERS = 6
LOAD_SECONDS = 12.0
POINT_BUDGET_SECONDS = 90.0
MOST_POINTS = 80
# The shop's steps of paying: starting it, and hearing that it was paid. (The provider's page is
# an outside party's; what it forgets to tell, the shop asks for after a minute.)
PAYMENT_PATHS = (r"/api/v1/trades/[^/]+/payments", r"/webhooks/sandbox")

Case = Callable[[World, Records], float]


def kill_web_worker_at_checkout(world: World, records: Records) -> float:
    """Kill the worker at every point of placing a trade; the retry must give one and the same."""
    buyer = _buyers(world, records, 1)[0]

    def place() -> None:
        trade_id, key = buyer.place()
        buyer.place_again(trade_id, key)

    return _kill_at_every_point(world, records, "/api/v1/trades", place)


def kill_web_worker_at_payment(world: World, records: Records) -> float:
    """Kill the worker at every point of starting a payment and of settling its notice."""
    buyer = _buyers(world, records, 1)[0]
    paths = PAYMENT_PATHS
    return max(_kill_at_every_point(world, records, path, buyer.purchase) for path in paths)


def kill_web_worker_at_refund(world: World, records: Records) -> float:
    """Kill the worker at every point of agreeing to a refund; the money goes back once."""
    buyer = _buyers(world, records, 1)[0]

    def refund() -> None:
        buyer.purchase()
        order = buyer.persist("GET", f"/api/v1/trades/{buyer.bought}").json()["orders"][0]
        crowds.agree_to_refund(world, records, buyer, order)

    return _kill_at_every_point(world, records, r"/api/v1/aftersales/[^/]+/agree", refund)


def kill_web_workers_under_load(world: World, records: Records) -> float:
    """Kill web workers at any moment while many buy."""
    return _disturb(world, records, world.kill_web_worker, pause=1.0)


def kill_job_worker(world: World, records: Records) -> float:
    """Kill the job worker again and again; every payment must settle all the same."""
    return _disturb(world, records, world.kill_job_worker, pause=1.5)


def kill_database(world: World, records: Records) -> float:
    """kill -9 of PostgreSQL while many buy: what was acknowledged is there after recovery."""
    return _disturb(world, records, world.kill_database, pause=4.0)


def stop_database(world: World, records: Records) -> float:
    """Immediate stop of PostgreSQL while many buy."""
    return _disturb(world, records, world.stop_database, pause=4.0)


CASES: dict[str, Case] = {
    "web_worker_killed_at_checkout": kill_web_worker_at_checkout,
    "web_worker_killed_at_payment": kill_web_worker_at_payment,
    "web_worker_killed_at_refund": kill_web_worker_at_refund,
    "web_workers_killed_under_load": kill_web_workers_under_load,
    "job_worker_killed": kill_job_worker,
    "postgresql_killed": kill_database,
    "postgresql_stopped_immediately": stop_database,
    "last_pieces_wanted_by_200": crowds.sell_the_last_pieces,
    "one_payment_refunded_by_50": crowds.refund_one_payment,
    "payouts_released_by_50": crowds.release_one_payout,
    "notices_repeated_and_forged": crowds.repeat_every_notice,
}


def _buyers(world: World, records: Records, count: int) -> list[Buyer]:
    return [Buyer(world, shopper, records) for shopper in world.add_shoppers(count)]


def _kill_at_every_point(
    world: World, records: Records, path: str, act: Callable[[], None]
) -> float:
    """Act with the fail point one further each time, until the request outlives it.

    Gives the longest time from the beginning of an act in which a worker died to its end.
    """
    longest = 0.0
    deadline = time.monotonic() + POINT_BUDGET_SECONDS
    for point in range(1, MOST_POINTS + 1):
        if time.monotonic() > deadline:
            records.count("paths_cut_short")
            break
        died = _workers(world)
        failing.arm(world.folder, method="POST", path=path, point=point)
        began = time.monotonic()
        _while_tending(world, [act])
        failing.disarm(world.folder)
        if _workers(world) == died:
            break
        records.count("kills")
        longest = max(longest, time.monotonic() - began)
    return longest


def _workers(world: World) -> frozenset[int]:
    world.tend(0.3)  # a dead worker is replaced within this time
    return world.web_worker_pids()


def _disturb(world: World, records: Records, disturb: Callable[[], None], *, pause: float) -> float:
    """Let buyers buy, disturb them at random moments, and wait until everybody has what is due."""
    is_over = threading.Event()
    longest = 0.0

    def buy(buyer: Buyer) -> None:
        while not is_over.is_set():
            buyer.purchase()

    def upset() -> None:
        nonlocal longest
        deadline = time.monotonic() + LOAD_SECONDS
        while time.monotonic() < deadline:
            world.tend(world.random.uniform(0.3, 1.0) * pause)
            disturb()
            records.count("kills")
            longest = max(longest, world.wait_until_ready())
        is_over.set()

    began = time.monotonic()
    calls = [partial(buy, buyer) for buyer in _buyers(world, records, BUYERS)]
    _while_tending(world, calls, upset)
    return max(longest, time.monotonic() - began - LOAD_SECONDS)


def _while_tending(
    world: World, calls: Sequence[Callable[[], None]], meanwhile: Callable[[], None] | None = None
) -> None:
    """Run calls in threads of their own; this one starts again what dies.

    The kernel ties a part to the thread that started it, so that must be the one that lasts.
    """
    with ThreadPoolExecutor(len(calls)) as pool:
        running: list[Future[None]] = [pool.submit(call) for call in calls]
        if meanwhile is not None:
            meanwhile()
        while not all(future.done() for future in running):
            world.tend(0.05)
    for future in running:
        future.result()
