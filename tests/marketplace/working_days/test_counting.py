"""Which days count as worked, and how officers keep them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from marketplace.database import db
from marketplace.permissions import Role
from marketplace.working_days.counting import end_of_working_day, put_off
from marketplace.working_days.errors import DaysInReverse, SpanTooLong
from marketplace.working_days.models import DayKind
from marketplace.working_days.service import load_days, set_days
from tests.factories.identity import make_account, make_actor, sign_in, sign_in_page


class TestEndOfWorkingDay:
    @pytest.mark.parametrize(
        ("begin", "days", "until"),
        [
            # Wednesday before the National Day of 2026; Saturday 10 October is worked.
            ((2026, 9, 30), 3, "2026-10-10"),
            # Friday before the Spring Festival of 2026, whose Saturday is worked.
            ((2026, 2, 13), 2, "2026-02-24"),
            ((2026, 11, 20), 5, "2026-11-27"),
        ],
    )
    def test_leaves_holidays_out_and_counts_worked_weekends(
        self, begin: tuple[int, int, int], days: int, until: str
    ) -> None:
        end = end_of_working_day(datetime(*begin, 4, tzinfo=UTC), days)
        assert end.date() - timedelta(days=1) == date.fromisoformat(until)
        assert end.hour == 0


class TestPutOff:
    @pytest.mark.parametrize(
        ("day", "until"),
        [("2026-10-01", "2026-10-08"), ("2025-09-28", "2025-09-28"), ("2026-11-21", "2026-11-23")],
    )
    def test_leads_to_the_next_working_day(self, day: str, until: str) -> None:
        assert put_off(date.fromisoformat(day)) == date.fromisoformat(until)


class TestSetDays:
    def test_holds_against_the_file_that_is_loaded_again(self) -> None:
        day = date(2026, 10, 9)
        said = {"first_on": day, "last_on": day, "name": "示例放假", "document": "示例通知"}
        set_days(make_actor(), kind=DayKind.HOLIDAY, **said)
        load_days()
        assert put_off(date(2026, 10, 1)) == date(2026, 10, 8)
        assert put_off(day) == date(2026, 10, 10)
        set_days(make_actor(), kind=DayKind.ORDINARY, **said)
        db.session.flush()
        assert put_off(day) == day

    def test_refuses_spans_that_cannot_be_meant(self) -> None:
        said = {"kind": DayKind.HOLIDAY, "name": "春节", "document": "示例通知"}
        with pytest.raises(DaysInReverse):
            set_days(make_actor(), first_on=date(2027, 2, 2), last_on=date(2027, 2, 1), **said)
        with pytest.raises(SpanTooLong):
            set_days(make_actor(), first_on=date(2027, 2, 1), last_on=date(2027, 3, 1), **said)


class TestWorkingDaysPage:
    def test_takes_the_next_years_notice(self, client: FlaskClient) -> None:
        officer = make_account(role=Role.FINANCE_OFFICER)
        token = sign_in_page(client, officer)
        page = client.get("/desk/working-days?year=2026").text
        assert "国庆节调休上班" in page
        form = {"csrf_token": token, "first_on": "2027-01-01", "last_on": "2026-12-31",
                "kind": "holiday", "name": "元旦", "document": "示例通知"}  # fmt: skip
        answer = client.post("/desk/working-days", data=form)
        assert answer.status_code == 422
        assert "最后一天不能早于第一天" in answer.text
        form["last_on"] = "2027-01-03"
        client.post("/desk/working-days", data=form)
        assert "元旦" in client.get("/desk/working-days?year=2027").text
        sign_in(client, officer)
        items = client.get("/api/v1/working-days?year=2027").get_json()["items"]
        assert [item["day"] for item in items] == ["2027-01-01", "2027-01-02", "2027-01-03"]

    def test_is_read_by_the_auditor_without_its_form(self, client: FlaskClient) -> None:
        token = sign_in_page(client, make_account(role=Role.AUDITOR))
        page = client.get("/desk/working-days")
        assert page.status_code == 200
        assert 'action="/desk/working-days"' not in page.text
        refused = client.post("/desk/working-days", data={"csrf_token": token})
        assert refused.status_code == 403
