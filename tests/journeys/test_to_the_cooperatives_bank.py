"""From the cart to the cooperative's bank, told over HTTP: every fen of a sale on its way.

A shopper in Lishui buys mutton from Nanjiang and an instrument from Xinhe, gives a piece back, and
keeps the rest. What is kept is settled, confirmed by the cooperatives, released by two officers,
paid by the bank, and found again in the bank's statement and in the journal.
"""

import csv
import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient

from marketplace.permissions import Role
from marketplace.spreadsheets import write_csv
from orders.bank_entries.statement_files import HEAD as STATEMENT_HEAD
from orders.fulfilment import jobs as fulfilment_jobs
from orders.payouts.bank_files import AMOUNT, FAILURE, NUMBER, RESULT, SERIAL
from tests.conftest import run_due_jobs
from tests.factories.identity import make_account
from tests.factories.settlements import give_account
from tests.journeys.people import LIANDU, Story, accept, at, refund, ship
from tests.orders.invariants import broken

SETTLEMENTS = "/api/v1/settlements"
BANK = "/api/v1/bank"
JOURNAL = "/api/v1/journal"


def done(answer: Any, status: int = 200) -> dict[str, Any]:
    """Return what an answer says, once it is the expected one."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json
    return body


def settle(officer: FlaskClient, end_on: str) -> list[dict[str, Any]]:
    """Run and issue a settlement; return its statements."""
    run = done(officer.post(f"{SETTLEMENTS}/runs", json={"end_on": end_on}), 201)
    run_due_jobs()
    done(officer.post(f"{SETTLEMENTS}/runs/{run['id']}/issue"))
    run_due_jobs()
    statements: list[dict[str, Any]] = done(officer.get(f"{SETTLEMENTS}/statements"))["items"]
    return sorted(statements, key=lambda each: each["payable_fen"])


def upload(officer: FlaskClient, path: str, rows: list[list[str]], status: int = 200) -> Any:
    data = {"file": (io.BytesIO(write_csv(rows)), "file.csv")}
    return done(officer.post(path, data=data, content_type="multipart/form-data"), status)


def pay(officer: FlaskClient) -> list[dict[str, str]]:
    """Take a batch to the bank, which pays all of it; return the rows of its file."""
    batch = done(officer.post(f"{SETTLEMENTS}/payout-batches"), 201)
    path = f"{SETTLEMENTS}/payout-batches/{batch['id']}"
    sent = list(csv.DictReader(io.StringIO(officer.get(f"{path}/file.csv").text.lstrip("\ufeff"))))
    answers = [[row[NUMBER], row[AMOUNT], "成功", f"YH{row[NUMBER]}", ""] for row in sent]
    read = upload(officer, f"{path}/results", [[NUMBER, AMOUNT, RESULT, SERIAL, FAILURE], *answers])
    assert read == {"paid": len(sent), "failed": 0, "repeated": 0}
    # The answer read again changes nothing.
    again = upload(
        officer, f"{path}/results", [[NUMBER, AMOUNT, RESULT, SERIAL, FAILURE], *answers]
    )
    assert again == {"paid": 0, "failed": 0, "repeated": len(sent)}
    return sent


def reconcile(officer: FlaskClient, channel: str, day: str) -> dict[str, Any]:
    """Compare a day of a channel with the books."""
    body = {"channel": channel, "day": day}
    run = done(officer.post("/api/v1/reconciliation/runs", json=body), 201)
    run_due_jobs()
    return done(officer.get(f"/api/v1/reconciliation/runs/{run['id']}"))


def balances(officer: FlaskClient) -> dict[str, int]:
    """Return what stands on each account, debits above zero."""
    listed = done(officer.get(f"{JOURNAL}/balances"))
    return {each["account_code"]: each["balance_fen"] for each in listed["items"]}


class TestToTheCooperativesBank:
    def test_every_fen_arrives_or_goes_back(self, story: Callable[[datetime], Story]) -> None:
        scene = story(at(2026, 6, 10))
        give_account(scene.nanjiang)
        give_account(scene.xinhe, "6222020200445566")
        shopper = scene.shopper(LIANDU)
        [mutton, rawap] = shopper.buy(南江黄羊肉=3, 热瓦普=1)
        for order in (mutton, rawap):
            ship(scene, order)
            accept(shopper, order)
        refund(scene, shopper, mutton, "南江黄羊肉", 1)
        scene.move_to(at(2026, 6, 22))
        fulfilment_jobs.complete_due_orders()
        scene.move_to(at(2026, 6, 24))
        assert broken() == []

        first, second = (scene.client_of(make_account(role=Role.FINANCE_OFFICER)) for _ in "12")
        statements = settle(first, "2026-06-24")
        assert [each["payable_fen"] for each in statements] == [11_600, 88_000]
        for statement in statements:
            path = f"{SETTLEMENTS}/statements/{statement['id']}"
            assert done(scene.manager(statement).post(f"{path}/confirm"))["state"] == "confirmed"
            assert done(first.post(f"{path}/release"))["state"] == "confirmed"
            assert done(second.post(f"{path}/release"))["state"] == "released"
        sent = pay(first)
        assert sorted(row[AMOUNT] for row in sent) == ["116.00", "880.00"]
        paid = done(first.get(f"{SETTLEMENTS}/statements"))["items"]
        assert {each["state"] for each in paid} == {"paid"}

        rows = [
            [f"YH{row[NUMBER]}", "2026-06-24 11:00:00", "CNY", "", row[AMOUNT], "示例合作社",
             row["收款账号"], "示例农商银行", "货款"]
            for row in sent
        ]  # fmt: skip
        scene.move_to(at(2026, 6, 25))
        upload(first, f"{BANK}/statements", [list(STATEMENT_HEAD), *rows])
        for channel, day in (("sandbox", "2026-06-10"), ("bank", "2026-06-24")):
            compared = reconcile(first, channel, day)
            assert compared["standing"] == "green"
            assert compared["provider_fen"] == compared["booked_fen"]
            assert compared["compared"] > 0

        left = balances(first)
        assert sum(left.values()) == 0
        assert (left["1002"], left["1012.01"]) == (-99_600, 99_600)
        assert {code for code, fen in left.items() if fen} == {"1002", "1012.01"}
        assert broken() == []
