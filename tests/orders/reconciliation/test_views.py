"""A day reconciled over HTTP and in pages, by those who may."""

import html
import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from marketplace import clock
from marketplace.database import db
from marketplace.identity.models import Account
from marketplace.ids import new_id
from marketplace.permissions import Role
from orders.payments.movements import MovementKind
from orders.reconciliation.found import bounds
from orders.reconciliation.models import Difference, Item, ProviderMovement
from tests.factories.identity import make_account, sign_in, sign_in_page
from tests.orders.reconciliation.conftest import DAY, NEXT_MORNING
from tests.orders.reconciliation.days import differences, reconcile, sell
from tests.stripe_server import FakeStripe

pytestmark = pytest.mark.usefixtures("shop")
API = "/api/v1/reconciliation"
HOME = "/desk/reconciliation"
DIFFERENCES = "/desk/differences"
WHY = "渠道后台手工收款，已补录订单"


@pytest.fixture
def finance() -> Account:
    return make_account(role=Role.FINANCE_OFFICER)


@pytest.fixture
def difference(stripe: FakeStripe) -> Difference:
    sell(stripe, 5_000)
    stripe.balance.record("payment", 900, {"id": "ch_x", "object": "charge", "metadata": {}})
    [found] = differences(reconcile())
    return found


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.text


class TestApi:
    def test_runs_a_day_and_closes_its_difference(
        self, client: FlaskClient, finance: Account, difference: Difference, run_jobs: Any
    ) -> None:
        body = {"channel": "stripe", "day": DAY.isoformat()}
        with clock.travel(NEXT_MORNING):
            sign_in(client, finance)
            started = client.post(f"{API}/runs", json=body)
            run_jobs()
        assert (started.status_code, started.json["state"]) == (201, "running")
        run = client.get(f"{API}/runs/{started.json['id']}").json
        assert (run["standing"], run["open"], run["open_fen"]) == ("red", 1, 900)
        assert (run["provider_fen"], run["booked_fen"], run["rounds"]) == (5_900, 5_000, 2)

        [one] = client.get(f"{API}/runs/{run['id']}/differences?state=open").json["items"]
        assert (one["kind"], one["subject"], one["gap_fen"]) == ("payment_unknown", "ch_x", 900)
        assert one["likely_cause"].startswith("可能在渠道后台手工收款")
        refused = client.post(
            f"{API}/differences/{one['id']}/close", json={"reason": WHY, "version": 9}
        )
        assert (refused.status_code, refused.json["code"]) == (409, "difference_changed")
        closed = client.post(
            f"{API}/differences/{one['id']}/close", json={"reason": WHY, "version": 1}
        ).json

        assert (closed["state"], closed["reason"]) == ("closed", WHY)
        assert [step["step"] for step in closed["steps"]] == ["found", "closed"]
        listed = client.get(f"{API}/runs?channel=stripe").json["items"]
        assert [each["standing"] for each in listed] == ["closed"]
        assert [(each["open"], each["closed"], each["closed_fen"]) for each in listed] == [
            (0, 1, 900)
        ]

    def test_an_auditor_reads_and_closes_nothing(
        self, client: FlaskClient, difference: Difference
    ) -> None:
        sign_in(client, make_account(role=Role.AUDITOR))
        path = f"{API}/differences/{difference.id}"
        assert client.get(path).status_code == 200
        body = {"reason": WHY, "version": 1}
        assert client.post(f"{path}/close", json=body).status_code == 403
        start = {"channel": "stripe", "day": DAY.isoformat()}
        assert client.post(f"{API}/runs", json=start).status_code == 403

    def test_a_day_that_is_not_over_is_refused(
        self, client: FlaskClient, finance: Account, stripe: FakeStripe
    ) -> None:
        sell(stripe, 5_000)
        sign_in(client, finance)
        answer = client.post(f"{API}/runs", json={"channel": "stripe", "day": DAY.isoformat()})
        assert (answer.status_code, answer.json["code"]) == (422, "day_not_over")


class TestPages:
    def test_green_stands_only_where_all_agrees(
        self, client: FlaskClient, finance: Account, stripe: FakeStripe
    ) -> None:
        sell(stripe, 5_000)
        with clock.travel(NEXT_MORNING):
            sign_in_page(client, finance)
            assert "尚未核对" in page(client, HOME)
            assert "badge confirmed" not in page(client, HOME)
        run = reconcile()
        with clock.travel(NEXT_MORNING):
            assert "badge confirmed" in page(client, HOME)
            assert "两边相符，没有差异" in page(client, f"{HOME}/{run.id}")
            # Something of the day that no comparison has seen takes the green away at once.
            late_movement(run.day)
            assert "badge confirmed" not in page(client, HOME)
            assert "需重新核对" in page(client, f"{HOME}/{run.id}")

    def test_leads_to_days_and_differences_of_long_ago(
        self, client: FlaskClient, finance: Account, difference: Difference
    ) -> None:
        with clock.travel(NEXT_MORNING + timedelta(days=30)):
            token = sign_in_page(client, finance)
            recent = page(client, HOME)
            assert str(difference.run_id) not in recent
            assert f'href="{HOME}?last=2026-06-17" rel="prev"' in recent
            assert 'rel="next"' not in recent
            oldest = page(client, f"{HOME}?last=2026-06-03")
            assert str(difference.run_id) in oldest
            assert 'rel="prev"' not in oldest
            assert f'href="{HOME}?last=2026-06-17" rel="next"' in oldest
            assert str(difference.run_id) in page(client, f"{HOME}?last=0001-01-01")
            for wrong in ("9999-12-31", "x"):
                assert "最近 14 天" in page(client, f"{HOME}?last={wrong}")

            one = f'href="{DIFFERENCES}/{difference.id}"'
            assert f'href="{DIFFERENCES}"' in page(client, "/desk")
            assert one in page(client, DIFFERENCES)
            assert one not in page(client, f"{DIFFERENCES}?state=closed")
            form = {"csrf_token": token, "version": "1", "reason": WHY}
            client.post(f"{DIFFERENCES}/{difference.id}/close", data=form)
            assert one not in page(client, f"{DIFFERENCES}?state=open")
            assert one in page(client, f"{DIFFERENCES}?state=closed")
            # Closed by a person is not agreed.
            for address in (f"{HOME}/{difference.run_id}", f"{HOME}?last=2026-06-03"):
                shown = page(client, address)
                assert '<span class="badge information">已结案 1 项 · ¥9.00</span>' in shown
                assert "badge confirmed" not in shown
            assert one in page(client, f"{HOME}/{difference.run_id}")

    def test_pages_through_the_differences_of_every_day(
        self, client: FlaskClient, finance: Account, stripe: FakeStripe, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr("orders.reconciliation.pages.PAGE", 1)
        sell(stripe, 5_000)
        for name in ("ch_x", "ch_y"):
            stripe.balance.record("payment", 900, {"id": name, "object": "charge", "metadata": {}})
        reconcile()
        sign_in_page(client, finance)
        first = page(client, f"{DIFFERENCES}?state=open")
        [more] = re.findall(r'href="([^"]+)" rel="next"', first)
        second = page(client, html.unescape(more))
        assert sorted(name for name in ("ch_x", "ch_y") if name in first + second) == [
            "ch_x",
            "ch_y",
        ]
        assert ("ch_x" in first) != ("ch_x" in second)
        assert 'rel="next"' not in second

    def test_says_that_the_provider_cannot_be_reached(
        self, client: FlaskClient, finance: Account, stripe: FakeStripe
    ) -> None:
        sell(stripe, 5_000)
        stripe.is_down = True
        run = reconcile()
        sign_in_page(client, finance)
        assert "支付渠道连接不上" in page(client, f"{HOME}/{run.id}")

    def test_closes_with_a_reason_and_exports(
        self, client: FlaskClient, finance: Account, difference: Difference
    ) -> None:
        token = sign_in_page(client, finance)
        path = f"/desk/differences/{difference.id}"
        form = {"csrf_token": token, "version": "1", "reason": "短"}
        assert client.post(f"{path}/close", data=form).status_code == 422
        assert "ch_x" in page(client, path)
        done = client.post(f"{path}/close", data=form | {"reason": WHY})
        assert (done.status_code, done.location) == (303, path)
        # Without a login name an account is told by its id.
        nameless = f"…{str(finance.id)[-8:]}"
        shown = page(client, path)
        assert WHY in shown
        assert f"结案人 {nameless}" in shown
        assert (finance.phone_masked or "no phone") not in shown
        taken = client.get(f"{HOME}/{difference.run_id}/differences.xlsx")
        book = CalamineWorkbook.from_filelike(io.BytesIO(taken.data))
        [_, row] = book.get_sheet_by_name("差异").to_python()
        assert (row[1], row[3], row[6], row[7]) == ("ch_x", 9.0, 9.0, "已结案")
        assert row[10:] == [nameless, WHY]

    def test_names_who_closed_a_difference(
        self, client: FlaskClient, difference: Difference
    ) -> None:
        officer = make_account(role=Role.FINANCE_OFFICER, login_name="caiwu.li")
        token = sign_in_page(client, officer)
        path = f"{DIFFERENCES}/{difference.id}"
        form = {"csrf_token": token, "version": "1", "reason": WHY}
        assert client.post(f"{path}/close", data=form).status_code == 303
        sign_in_page(client, make_account(role=Role.AUDITOR))
        shown = page(client, path)
        assert "结案人 caiwu.li" in shown
        assert str(officer.id)[-8:] not in shown
        assert "caiwu.li" in page(client, f"{HOME}/{difference.run_id}")
        taken = client.get(f"{HOME}/{difference.run_id}/differences.xlsx")
        book = CalamineWorkbook.from_filelike(io.BytesIO(taken.data))
        [_, row] = book.get_sheet_by_name("差异").to_python()
        assert row[10:] == ["caiwu.li", WHY]

    def test_begins_a_day_by_hand(
        self, client: FlaskClient, finance: Account, stripe: FakeStripe, run_jobs: Any
    ) -> None:
        sell(stripe, 5_000)
        token = sign_in_page(client, finance)
        form = {"csrf_token": token, "channel": "stripe", "day": DAY.isoformat()}
        assert client.post(HOME, data=form).status_code == 422
        with clock.travel(NEXT_MORNING):
            form["csrf_token"] = sign_in_page(client, finance)
            begun = client.post(HOME, data=form)
            assert "正在核对" in page(client, begun.location)
            run_jobs()
            assert "两边相符，没有差异" in page(client, begun.location)


def late_movement(day: date) -> None:
    """Keep a movement of a day past every run."""
    own_id, at = new_id(), bounds(day)[1] - timedelta(minutes=1)
    db.session.add(
        ProviderMovement(
            id=own_id, provider="stripe", reference="txn_late", kind=MovementKind.OTHER,
            item=Item.MOVEMENT, subject_id=own_id, amount=-1, fee=0, currency="CNY",
            occurred_at=at, moved_on=day, read_at=at,
        )
    )  # fmt: skip
    db.session.flush()
