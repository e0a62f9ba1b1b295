"""Windows that close by themselves: on the days of the rhythm, each once, missed ones too."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.database import db
from marketplace.ids import new_id
from marketplace.permissions import Role
from orders.settlement_schedules.calendar import closing_days, next_closing
from orders.settlement_schedules.errors import ScheduleInThePast
from orders.settlement_schedules.jobs import start_settlement_runs
from orders.settlement_schedules.models import Rhythm, SettlementSchedule
from orders.settlement_schedules.service import set_schedule
from orders.settlements.models import SettlementRun
from tests.factories.identity import make_account, sign_in_page
from tests.factories.settlements import make_finance_officer


def since(rhythm: Rhythm, day: str) -> SettlementSchedule:
    return SettlementSchedule(id=new_id(), rhythm=rhythm, valid_from=date.fromisoformat(day))


class TestClosingDays:
    def test_follow_the_rhythm_of_their_day(self) -> None:
        schedules = [
            since(Rhythm.MONTHLY, "2026-05-10"),
            since(Rhythm.HALF_MONTHLY, "2026-07-01"),
            since(Rhythm.BY_HAND, "2026-08-10"),
            since(Rhythm.WEEKLY, "2026-09-01"),
        ]
        days = closing_days(schedules, None, date(2026, 9, 15))
        assert [f"{day:%m-%d}" for day in days] == [
            "06-01", "07-01", "07-16", "08-01", "09-07", "09-14",
        ]  # fmt: skip
        assert list(closing_days(schedules, date(2026, 9, 7), date(2026, 9, 13))) == []
        assert next_closing(schedules, date(2026, 8, 11)) == date(2026, 9, 7)
        assert next_closing([], date(2026, 8, 11)) is None
        assert next_closing(schedules[:1], date(2026, 1, 1)) == date(2026, 6, 1)


class TestStartSettlementRuns:
    def test_starts_each_once_and_catches_up(
        self, travel: Callable[[datetime], None], run_jobs: Callable[[], int]
    ) -> None:
        travel(datetime(2026, 6, 10, 4, tzinfo=UTC))
        officer = make_finance_officer()
        with pytest.raises(ScheduleInThePast):
            set_schedule(officer, rhythm=Rhythm.MONTHLY, valid_from=date(2026, 6, 9))
        set_schedule(officer, rhythm=Rhythm.HALF_MONTHLY, valid_from=date(2026, 6, 10))
        start_settlement_runs()
        # The last moment of the 15th in Shanghai, then a worker that slept over two closings.
        for moment, ends in (
            (datetime(2026, 6, 15, 15, 59, tzinfo=UTC), []),
            (datetime(2026, 7, 2, 4, tzinfo=UTC), [date(2026, 6, 16), date(2026, 7, 1)]),
        ):
            travel(moment)
            start_settlement_runs()
            start_settlement_runs()
            runs = db.session.scalars(select(SettlementRun).order_by(SettlementRun.end_on)).all()
            assert [run.end_on for run in runs] == ends
            assert all(run.started_by is None for run in runs)


class TestSettlementPage:
    def test_shows_the_next_run(
        self, client: FlaskClient, travel: Callable[[datetime], None]
    ) -> None:
        travel(datetime(2026, 6, 10, 4, tzinfo=UTC))
        token = sign_in_page(client, make_account(role=Role.FINANCE_OFFICER))
        assert "没有设置自动结算" in client.get("/desk/settlements").text
        form = {"csrf_token": token, "rhythm": "monthly", "valid_from": "2026-06-01"}
        client.post("/desk/settlements/schedules", data=form)
        assert "不能从过去的日期" in client.get("/desk/settlements").text
        client.post("/desk/settlements/schedules", data=form | {"valid_from": "2026-06-10"})
        page = client.get("/desk/settlements").text
        assert "2026-07-01" in page
        assert "每月" in page
