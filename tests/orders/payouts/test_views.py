"""The bank's files over HTTP."""

import csv
import io

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from marketplace.permissions import Role
from marketplace.spreadsheets import XlsxFile, write_csv
from orders.payouts.bank_files import AMOUNT, FAILURE, NUMBER, RESULT, SERIAL
from orders.settlements.models import Statement
from tests.factories.identity import make_account, sign_in
from tests.factories.orders import Market
from tests.factories.settlements import ACCOUNT_NO

API = "/api/v1/settlements/payout-batches"
HEAD = [NUMBER, AMOUNT, RESULT, SERIAL, FAILURE]


@pytest.fixture
def batch(client: FlaskClient, released: list[Statement]) -> dict:
    sign_in(client, make_account(role=Role.FINANCE_OFFICER))
    made = client.post(API)
    assert made.status_code == 201
    return made.json


def test_a_batch_is_taken_to_the_bank_and_its_answer_read(
    client: FlaskClient, batch: dict, market: Market
) -> None:
    path = f"{API}/{batch['id']}"
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"{path}/file.xlsx").data))
    head, *rows = book.get_sheet_by_index(0).to_python()
    assert [row[head.index(AMOUNT)] for row in rows] == [116, 880]
    assert rows[0][head.index("收款账号")] == ACCOUNT_NO
    sent = list(csv.DictReader(io.StringIO(client.get(f"{path}/file.csv").text.lstrip("\ufeff"))))
    assert [row["收款账号"] for row in sent] == [ACCOUNT_NO, "6222020200445566"]
    answer = XlsxFile()
    answer.add_sheet(
        "结果",
        [HEAD, *([row[NUMBER], row[AMOUNT], "成功", f"B{n}", ""] for n, row in enumerate(sent))],
        [20] * 5,
    )
    data = {"file": (io.BytesIO(answer.close()), "回盘.xlsx")}
    taken = client.post(f"{path}/results", data=data, content_type="multipart/form-data")
    assert taken.json == {"paid": 2, "failed": 0, "repeated": 0}
    shown = client.get(path).json
    assert [payout["state"] for payout in shown["payouts"]] == ["paid", "paid"]
    assert ACCOUNT_NO not in client.get(path).text


@pytest.mark.parametrize(
    "body",
    [
        b"\x00\x01\x02",
        b"PK\x03\x04 not a zip",
        write_csv([HEAD, ["FK1", "=1+1", "成功", "B1", ""]]),
    ],
)
def test_a_wrong_file_is_refused(client: FlaskClient, batch: dict, body: bytes) -> None:
    data = {"file": (io.BytesIO(body), "回盘.csv")}
    refused = client.post(
        f"{API}/{batch['id']}/results", data=data, content_type="multipart/form-data"
    )
    assert refused.status_code == 422
    assert client.post(f"{API}/{batch['id']}/results").status_code == 422


def test_the_auditor_reads_batches_and_makes_none(client: FlaskClient, batch: dict) -> None:
    sign_in(client, make_account(role=Role.AUDITOR))
    assert [one["id"] for one in client.get(API).json["items"]] == [batch["id"]]
    assert client.get(f"{API}/{batch['id']}").status_code == 200
    assert client.get("/api/v1/settlements/runs").status_code == 200
    for path in (API, f"{API}/transfers", "/api/v1/settlements/runs"):
        assert client.post(path, json={}).status_code == 403


def test_the_bank_file_is_for_a_fresh_second_factor_only(client: FlaskClient, batch: dict) -> None:
    for role in (Role.AUDITOR, Role.PLATFORM_ADMIN):
        sign_in(client, make_account(role=role))
        assert client.get(f"{API}/{batch['id']}/file.csv").status_code == 403
    sign_in(client, make_account(role=Role.FINANCE_OFFICER), stepped_up=False)
    refused = client.get(f"{API}/{batch['id']}/file.csv")
    assert refused.json["code"] == "step_up_required"
