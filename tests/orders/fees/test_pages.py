"""The fee schedule in a page: everybody reads it, the platform sets it."""

from flask.testing import FlaskClient

from marketplace import clock
from marketplace.permissions import Role
from orders.fees.queries import get_rate_on
from products.catalogue.queries import categories
from tests.factories.identity import make_account, sign_in_page


class TestFeePage:
    def test_takes_a_rate_by_category_and_day(self, client: FlaskClient) -> None:
        assert "免收平台服务费" in client.get("/desk/fees").text
        token = sign_in_page(client, make_account(role=Role.PLATFORM_ADMIN))
        category = next(node for node in categories().values() if node.is_leaf)
        today = clock.today()
        form = {
            "csrf_token": token, "category_code": category.code, "rate": "1.5",
            "valid_from": today.isoformat(), "document": "示例费率通知",
        }  # fmt: skip
        answer = client.post("/desk/fees", data=form | {"rate": "31"})
        assert answer.status_code == 422
        assert "不超过 30" in answer.text
        assert client.post("/desk/fees", data=form).status_code == 303
        assert get_rate_on(category.code, today) == 150
        page = client.get("/desk/fees").text
        assert "1.5%" in page
        assert "执行中" in page
        again = client.post("/desk/fees", data=form)
        assert "已经有费率" in again.text
