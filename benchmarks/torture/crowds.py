"""Cases in which many want the same thing at one moment: goods, money back, a payout, a notice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from benchmarks.torture.buyer import SHIP_TO, Buyer
from benchmarks.torture.caller import PATIENCE_SECONDS, Answer, Caller, Stuck
from benchmarks.torture.records import Records
from benchmarks.torture.world import World
from marketplace import clock
from orders.payments.sandbox.notices import SIGNATURE_HEADER, sign

Given = TypeVar("Given")
AT_ONCE = 24
CROWD = 200
LAST_PIECES = 20
JOB_KILLS = 3
REPEATS = 50
COPIES = 10
FORGED_EVERY = 10
# The samples leave statements of their own, the run adds what there is besides.
_TO_RELEASE = ("issued", "confirmed")
SCARCE = ("松子仁", "250 克")


def sell_the_last_pieces(world: World, records: Records) -> float:
    """Let 200 buyers want one item of which 20 pieces are left: 20 get it, 180 are told."""
    sku_id = world.leave_pieces(*SCARCE, LAST_PIECES)
    buyers = [Caller(world, shopper, records) for shopper in world.add_shoppers(CROWD)]
    began = time.monotonic()
    answers = at_once([partial(_try_to_buy, buyer, sku_id) for buyer in buyers])
    sold = sum(_acknowledge(records, answer) for answer in answers)
    told = sum(answer is not None and answer.status == 409 for answer in answers)
    records.count("doubled", max(0, sold - LAST_PIECES))
    records.count("refused", told)
    if sold != LAST_PIECES or sold + told != CROWD:
        records.count("lost", abs(LAST_PIECES - sold) + CROWD - sold - told)
    return time.monotonic() - began


def _try_to_buy(buyer: Caller, sku_id: UUID) -> Answer | None:
    """Quote and place, once: what is sold out is an answer too."""
    wanted = {"lines": [{"sku_id": str(sku_id), "quantity": 1}], "ship_to_code": "330783"}
    buyer.records.use_key(buyer.shopper.account_id)
    quote = buyer.call("POST", "/api/v1/quotes", wanted)
    if quote is None or quote.status >= 400:
        return quote
    command = wanted | {"quote_digest": quote.json()["quote_digest"], "ship_to": SHIP_TO}
    key = f"last-{buyer.shopper.account_id}"
    return buyer.call("POST", "/api/v1/trades", command, key=key)


def _acknowledge(records: Records, answer: Answer | None) -> bool:
    if answer is None or answer.status != 201:
        return False
    trade = answer.json()
    records.acknowledge_placed(UUID(trade["id"]), trade["total_fen"])
    return True


def refund_one_payment(world: World, records: Records) -> float:
    """Agree 50 times at once to one refund, and give 50 at once of one piece: each goes back once."""
    buyer = Buyer(world, world.add_shoppers(1)[0], records)
    trade_id, _ = buyer.place()
    buyer.pay(trade_id)
    buyer.wait_until_paid(trade_id)
    began = time.monotonic()
    applied, given = buyer.persist("GET", f"/api/v1/trades/{trade_id}").json()["orders"]
    seller = Caller(world, world.sign_in_seller(UUID(applied["cooperative_id"])), records)
    other = Caller(world, world.sign_in_seller(UUID(given["cooperative_id"])), records)
    agree = f"/api/v1/aftersales/{_apply(buyer, applied)}/agree"
    give, gift = f"/api/v1/orders/{given['id']}/refunds", _wish(buyer, given)
    answers = at_once(
        [partial(seller.call, "POST", agree, {}) for _ in range(REPEATS)]
        + [partial(other.call, "POST", give, gift, key=f"{trade_id}-{n}") for n in range(REPEATS)]
    )
    done = sum(answer is not None and answer.status in (200, 201) for answer in answers)
    records.count("doubled", max(0, done - 2))
    records.count("lost", max(0, 2 - done))
    _wait_for_refunds(
        world, records, trade_id, sum(order["total_fen"] for order in (applied, given))
    )
    return time.monotonic() - began


def agree_to_refund(world: World, records: Records, buyer: Buyer, order: dict[str, Any]) -> None:
    """Apply for an order's first line and have its seller agree, again until it is answered."""
    case_id = _apply(buyer, order)
    seller = Caller(world, world.sign_in_seller(UUID(order["cooperative_id"])), records)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = seller.call("POST", f"/api/v1/aftersales/{case_id}/agree", {})
        # 409: agreed already, by the request whose answer was lost.
        if answer is not None and answer.status in (200, 409):
            break
        seller.pause(deadline, f"agreement to {case_id}")
    _wait_for_refunds(world, records, buyer.bought, order["total_fen"])


def _apply(buyer: Buyer, order: dict[str, Any]) -> str:
    case = buyer.persist(
        "POST", f"/api/v1/orders/{order['id']}/aftersales", _wish(buyer, order),
        key=f"case-{order['id']}",
    ).json()  # fmt: skip
    return str(case["id"])


def _wish(buyer: Buyer, order: dict[str, Any]) -> dict[str, Any]:
    line = buyer.persist("GET", f"/api/v1/orders/{order['id']}").json()["lines"][0]
    return {"order_line_id": line["id"], "quantity": 1, "reason": "示例：少发"}


def _wait_for_refunds(world: World, records: Records, trade_id: UUID, due_fen: int) -> None:
    """Wait until the provider has given back what is due; more of it is one time too many."""
    engine = create_engine(world.settings.database_url, poolclass=NullPool)
    refunded = text(
        "select coalesce(sum(p.refunded), 0) from sandbox.payments p "
        "join payment_attempts a on a.id = p.merchant_reference where a.trade_id = :trade"
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        while True:
            with engine.connect() as connection:
                back = int(connection.execute(refunded, {"trade": trade_id}).scalar_one())
            if back >= due_fen:
                break
            if time.monotonic() > deadline:
                raise Stuck(f"{back} of {due_fen} fen of {trade_id} came back")
            time.sleep(0.1)
    finally:
        engine.dispose()
    records.count("doubled", int(back > due_fen))


def release_one_payout(world: World, records: Records) -> float:
    """Settle while the job worker is killed, then release each statement 50 times at once.

    Two officers, each again and again: the first word of each counts, and the bank is asked once.
    """
    first, second = (Caller(world, one, records) for one in world.sign_in_officers())
    world.give_payout_accounts()
    began = time.monotonic()
    end_on = (clock.today() - timedelta(days=1)).isoformat()
    run = first.persist(
        "POST", "/api/v1/settlements/runs", {"end_on": end_on}, key=f"run-{end_on}"
    ).json()
    where = f"/api/v1/settlements/runs/{run['id']}"
    _disturb_until(world, records, lambda: bool(first.persist("GET", where).json()["finished_at"]))
    first.persist("POST", f"{where}/issue")
    listed = f"/api/v1/settlements/statements?limit=100&run_id={run['id']}"

    def is_issued() -> bool:
        items = first.persist("GET", listed).json()["items"]
        return all(one["state"] != "draft" for one in items)

    _disturb_until(world, records, is_issued)
    every = first.persist("GET", "/api/v1/settlements/statements?limit=100").json()["items"]
    statements = [one for one in every if one["payable_fen"] and one["state"] in _TO_RELEASE]
    if not statements:
        records.count("lost")
    for statement in statements:
        seller = Caller(world, world.sign_in_seller(UUID(statement["cooperative_id"])), records)
        here = f"/api/v1/settlements/statements/{statement['id']}"
        if statement["state"] == "issued":
            seller.persist("POST", f"{here}/confirm")
        officers = [first, second] * (REPEATS // 2)
        answers = at_once([partial(one.call, "POST", f"{here}/release") for one in officers])
        taken = sum(answer is not None and answer.status == 200 for answer in answers)
        records.count("doubled", max(0, taken - 2))
        records.count("lost", max(0, 2 - taken))
    batches = at_once(
        [
            partial(first.call, "POST", "/api/v1/settlements/payout-batches", key=f"pay-{n}")
            for n in range(REPEATS)
        ]
    )
    made = [one.json() for one in batches if one is not None and one.status == 201]
    records.count("doubled", max(0, len(made) - 1))
    records.count("lost", max(0, 1 - len(made)))
    return time.monotonic() - began


def _disturb_until(world: World, records: Records, is_done: Callable[[], bool]) -> None:
    """Kill the job worker at some moments of what it does, then let it finish."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    for _ in range(JOB_KILLS):
        if not is_done():
            world.kill_job_worker()
            records.count("kills")
            world.tend(world.random.uniform(0.5, 2.0))
    while not is_done():
        if time.monotonic() > deadline:
            raise Stuck(f"a killed worker's job was not taken up in {PATIENCE_SECONDS:.0f} s")
        world.tend(0.5)


def repeat_every_notice(world: World, records: Records) -> float:
    """Send every notice ten times more, shuffled, a tenth of them forged: one effect for each."""
    buyers = [Buyer(world, shopper, records) for shopper in world.add_shoppers(6)]
    began = time.monotonic()
    at_once([partial(_buy_without_looking, buyer) for buyer in buyers])
    posts = [
        partial(_post_notice, world, records, body, is_forged=number % FORGED_EVERY == 0)
        for body in _notices(world, [buyer.shopper.account_id for buyer in buyers])
        for number in range(COPIES)
    ]
    world.random.shuffle(posts)
    at_once(posts)
    for buyer in buyers:
        buyer.wait_until_paid(buyer.bought)
    return time.monotonic() - began


def _buy_without_looking(buyer: Buyer) -> None:
    trade_id, _ = buyer.place()
    buyer.pay(trade_id)


def _notices(world: World, accounts: Sequence[UUID]) -> list[bytes]:
    """Read the notices that the provider has of what these accounts paid, sent already or not."""
    engine = create_engine(world.settings.database_url, poolclass=NullPool)
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "select e.body from sandbox.events e join payment_attempts a "
                "on a.id::text = e.body::jsonb #>> '{data,merchant_reference}' "
                "where a.account_id = any(:accounts)"
            ),
            {"accounts": list(accounts)},
        ).all()
    engine.dispose()
    return [row.body.encode() for row in rows]


def _post_notice(world: World, records: Records, body: bytes, *, is_forged: bool) -> None:
    secret = world.settings.sandbox_webhook_secret
    signature = sign(secret, body, clock.now())
    if is_forged:
        body = json.dumps(json.loads(body) | {"forged": True}).encode()
    poster = Caller(world, world.nobody, records)
    headers = {"Content-Type": "application/json", SIGNATURE_HEADER: signature}
    answer = poster.send("POST", "/webhooks/sandbox", body, headers)
    if is_forged and (answer is None or answer.status < 400):
        records.count("doubled")
    elif not is_forged and (answer is None or answer.status >= 400):
        records.count("lost")


def at_once(calls: Sequence[Callable[[], Given]]) -> list[Given]:
    """Run calls side by side, as many as the machine keeps going; give what came of each."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]
