"""Who closes a year: a city for what lies in it, never a county for itself."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from marketplace.days import service as days
from marketplace.permissions import Role
from partners.credits.sums import CREDITS
from tests.factories import identity as make
from tests.factories.credits import DONGYANG, JINHUA, JINYUN, make_sale
from tests.factories.partners import office_of

HOME = "/office/years"


@pytest.fixture
def over(travel: Callable[[datetime], None]) -> None:
    """The year 2026 is over and folded."""
    travel(datetime(2026, 12, 30, 4, 0, tzinfo=UTC))
    make_sale()
    travel(datetime(2027, 1, 20, 4, 0, tzinfo=UTC))
    while days.fold_days(CREDITS):
        pass


def approver(client: FlaskClient, region_code: str) -> str:
    office = office_of(region_code)
    return make.sign_in_page(client, make.make_account(role=Role.OFFICE_APPROVER, scope=office.id))


def close(client: FlaskClient, token: str, region_code: str, year: int = 2026) -> int:
    form = {"csrf_token": token, "region_code": region_code, "scheme": "pairing",
            "year": str(year), "document": "浙对口办〔2027〕3号"}  # fmt: skip
    return client.post(HOME, data=form).status_code


@pytest.mark.usefixtures("over")
class TestClosing:
    def test_by_the_city_for_itself_and_its_counties(self, client: FlaskClient) -> None:
        token = approver(client, JINHUA)
        assert close(client, token, DONGYANG) == 303
        assert close(client, token, JINHUA) == 303
        assert close(client, token, JINHUA) == 409
        page = client.get(HOME).text
        assert "浙对口办〔2027〕3号" in page
        assert "浙江省金华市东阳市" in page

    @pytest.mark.parametrize(("office", "region"), [(DONGYANG, DONGYANG), (JINHUA, JINYUN)])
    def test_neither_by_the_county_itself_nor_by_another_city(
        self, client: FlaskClient, office: str, region: str
    ) -> None:
        token = approver(client, office)
        assert close(client, token, region) == 404
        assert "还没有锁定的年度" in client.get(HOME).text

    def test_not_before_it_is_over(self, client: FlaskClient) -> None:
        assert close(client, approver(client, JINHUA), JINHUA, 2027) == 409

    def test_over_the_api(self, client: FlaskClient) -> None:
        office = office_of(JINHUA)
        make.sign_in(client, make.make_account(role=Role.OFFICE_APPROVER, scope=office.id))
        body = {"region_code": JINHUA, "scheme": "catalogue", "year": 2026, "document": "审定"}
        made = client.post("/api/v1/locked-years", json=body)
        assert (made.status_code, made.json["region_name"]) == (201, "浙江省金华市")
        assert [one["year"] for one in client.get("/api/v1/locked-years").json["items"]] == [2026]
