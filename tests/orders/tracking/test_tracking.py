"""Parcels tracked by a service that speaks HTTP: watched, told of, asked about; off by default."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace import clock
from marketplace.database import db
from marketplace.permissions import Role
from orders.tracking import jobs
from orders.tracking.models import Tracking, TrackingState
from orders.tracking.tracker import TrackerUnreachable
from orders.trades.models import Order
from tests import kuaidi100_server as kuaidi100
from tests.factories.identity import make_account, sign_in, sign_in_page
from tests.factories.orders import Market, buy, make_market, ship
from tests.factories.partners import office_of

NUMBER = "SF1234567890123"
RunJobs = Callable[[], object]


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def service(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[kuaidi100.Kuaidi100Server]:
    with kuaidi100.running() as server:
        settings = replace(
            app.config["SETTINGS"],
            kuaidi100_customer=kuaidi100.CUSTOMER,
            kuaidi100_key=kuaidi100.KEY,
            kuaidi100_salt=kuaidi100.SALT,
            kuaidi100_base=server.base,
        )
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        yield server


def shipped(market: Market) -> Order:
    [order] = buy(market.buyer, [(market.mutton, 1)])
    return ship(market.nanjiang, order, courier_code="sf", waybill_no=NUMBER)


def tracking() -> Tracking:
    return db.session.scalars(select(Tracking).execution_options(populate_existing=True)).one()


class TestWithoutAService:
    def test_nothing_is_watched_and_no_notice_is_heard(
        self, client: FlaskClient, market: Market, run_jobs: RunJobs
    ) -> None:
        shipped(market)
        run_jobs()
        jobs.ask_for_parcels()
        assert db.session.scalar(select(Tracking.id)) is None
        form = kuaidi100.notice(kuaidi100.result(NUMBER, "0", "已出发"), salt="")
        assert client.post("/webhooks/kuaidi100", data=form).status_code == 404


class TestTrackParcel:
    def test_subscribes_with_no_more_of_the_telephone_than_is_asked_for(
        self, market: Market, service: kuaidi100.Kuaidi100Server, run_jobs: RunJobs
    ) -> None:
        shipped(market)
        run_jobs()
        [param] = service.subscribed
        assert (param["company"], param["number"]) == ("shunfeng", NUMBER)
        assert param["parameters"]["phone"] == "8000"
        assert param["parameters"]["callbackurl"].endswith("/webhooks/kuaidi100")
        assert tracking().subscribed_at is not None

    def test_repeats_without_harm_and_fails_while_the_service_is_down(
        self, market: Market, service: kuaidi100.Kuaidi100Server, run_jobs: RunJobs
    ) -> None:
        shipped(market)
        run_jobs()
        parcel_id = str(tracking().parcel_id)
        jobs.track_parcel(parcel_id=parcel_id)
        assert tracking().state is TrackingState.UNKNOWN
        service.is_down = True
        with pytest.raises(TrackerUnreachable):
            jobs.track_parcel(parcel_id=parcel_id)


class TestReceiveNotice:
    @pytest.fixture(autouse=True)
    def watched(
        self, market: Market, service: kuaidi100.Kuaidi100Server, run_jobs: RunJobs
    ) -> Order:
        order = shipped(market)
        run_jobs()
        return order

    def push(self, client: FlaskClient, state: str, *contexts: str) -> int:
        form = kuaidi100.notice(kuaidi100.result(NUMBER, state, *contexts))
        return client.post("/webhooks/kuaidi100", data=form).status_code

    def test_tells_the_two_sides_where_it_is(
        self, client: FlaskClient, market: Market, watched: Order
    ) -> None:
        assert self.push(client, "5", "正在派送，快递员示例", "已到达丽水") == 200
        courses = {}
        officer = make_account(role=Role.OFFICE_OFFICER, scope=office_of("511922").id)
        for name, account in (("buyer", market.shopper), ("officer", officer)):
            sign_in(client, account)
            [parcel] = client.get(f"/api/v1/orders/{watched.id}").json["parcels"]
            assert parcel["tracking"]["state"] == "out_for_delivery"
            courses[name] = [step["text"] for step in parcel["tracking"]["course"]]
        assert courses == {"buyer": ["正在派送，快递员示例", "已到达丽水"], "officer": []}
        page = client.application.test_client()
        sign_in_page(page, market.shopper)
        assert "派送中" in page.get(f"/orders/{watched.id}").text

    def test_old_news_and_repeats_change_nothing_and_delivered_is_final(
        self, client: FlaskClient
    ) -> None:
        self.push(client, "3", "已签收", "派送中", "已揽收")
        assert self.push(client, "0", "派送中", "已揽收") == 200
        assert self.push(client, "2", "退回", "已签收", "派送中", "已揽收") == 200
        kept = tracking()
        assert (kept.state, len(kept.course)) == (TrackingState.DELIVERED, 3)
        assert kept.ask_at is None
        assert kept.delivered_at is not None
        assert kept.delivered_at.isoformat() == "2026-11-20T00:30:00+00:00"

    @pytest.mark.parametrize("salt", ["", "guessed"])
    def test_refuses_forgeries(self, client: FlaskClient, salt: str) -> None:
        form = kuaidi100.notice(kuaidi100.result(NUMBER, "3", "已签收"), salt)
        assert client.post("/webhooks/kuaidi100", data=form).status_code == 403
        assert tracking().state is TrackingState.UNKNOWN

    @pytest.mark.parametrize(
        "param", ["", "[]", "{}", '{"lastResult": 1}', '{"lastResult": {"data": [1, {}]}}']
    )
    def test_of_nothing_changes_nothing(self, client: FlaskClient, param: str) -> None:
        form = {"param": param, "sign": kuaidi100.md5(param + kuaidi100.SALT)}
        assert client.post("/webhooks/kuaidi100", data=form).status_code in (200, 403)
        assert tracking().state is TrackingState.UNKNOWN


class TestAskForParcels:
    def test_asks_when_nothing_was_told_for_long(
        self, market: Market, service: kuaidi100.Kuaidi100Server, run_jobs: RunJobs
    ) -> None:
        shipped(market)
        run_jobs()
        service.known[NUMBER] = kuaidi100.result(NUMBER, "1", "已揽收")
        jobs.ask_for_parcels()
        assert tracking().state is TrackingState.UNKNOWN
        with clock.travel(clock.now() + timedelta(hours=7)):
            jobs.ask_for_parcels()
        assert tracking().state is TrackingState.COLLECTED

    def test_waits_while_the_service_is_down_and_gives_up_after_a_month(
        self, market: Market, service: kuaidi100.Kuaidi100Server, run_jobs: RunJobs
    ) -> None:
        shipped(market)
        run_jobs()
        service.is_down = True
        with clock.travel(clock.now() + timedelta(hours=7)):
            jobs.ask_for_parcels()
        assert tracking().ask_at is not None
        with clock.travel(clock.now() + timedelta(days=31)):
            jobs.ask_for_parcels()
        assert tracking().ask_at is None
