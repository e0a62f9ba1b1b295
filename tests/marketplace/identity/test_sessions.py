"""Sessions: who a token belongs to, and everything that ends it."""

from flask.testing import FlaskClient

from marketplace.permissions import Role
from tests.factories import identity as make


class TestResolve:
    def test_tells_who_calls_with_a_bearer_token(self, client: FlaskClient) -> None:
        account = make.make_account(role=Role.COOPERATIVE_MANAGER)
        make.sign_in(client, account)
        body = client.get("/api/v1/me").json
        assert body is not None
        assert body["account"]["id"] == str(account.id)
        assert body["memberships"][0]["role"] == "cooperative_manager"
        assert "product:write" in body["permissions"]
