"""The API of endpoints: the secret is told once, the log is read, sending again is asked for."""

import uuid

import pytest
from flask.testing import FlaskClient

from marketplace.endpoints import delivering
from marketplace.permissions import Role
from tests.factories.identity import make_account, sign_in
from tests.marketplace.endpoints.conftest import Answer, Storefront

ROOT = "/api/v1/webhook-endpoints"

pytestmark = pytest.mark.usefixtures("loopback")


class TestEndpoints:
    def test_tell_their_secret_once_and_show_every_try(
        self, client: FlaskClient, storefront: Storefront
    ) -> None:
        scope = uuid.uuid4()
        manager = make_account(role=Role.COOPERATIVE_MANAGER, scope=scope)
        sign_in(client, manager)
        command = {
            "scope_kind": "cooperative", "scope_id": str(scope), "label": "官网商城",
            "url": storefront.url(), "kinds": ["order.shipped", "order.paid"],
        }  # fmt: skip
        private = client.post(ROOT, json={**command, "url": "https://10.0.0.1/"})
        assert private.status_code == 422
        assert "url" in private.json["fields"]
        made = client.post(ROOT, json=command)
        assert made.status_code == 201, made.text
        assert made.json["secret"].startswith("whsec_")
        assert made.json["endpoint"]["kinds"] == ["order.paid", "order.shipped"]
        listed = client.get(ROOT)
        assert listed.json["items"] == [made.json["endpoint"]]
        own = f"{ROOT}/{made.json['endpoint']['id']}"
        storefront.say(Answer(404, body=b"no such page"))
        assert client.post(f"{own}/test").status_code == 202
        delivering.deliver_due()
        [delivery] = client.get(f"{own}/deliveries?state=failed").json["items"]
        assert delivery["kind"] == "webhook.test"
        [attempt] = delivery["attempts"]
        assert (attempt["status"], attempt["answer"]) == (404, "no such page")
        storefront.say(Answer(200))
        again = client.post(f"{own}/deliveries/{delivery['id']}/replay")
        assert (again.status_code, again.json["state"]) == (202, "waiting")
        delivering.deliver_due()
        assert client.get(f"{own}/deliveries").json["items"][0]["tries"] == 1
        replay = client.post(f"{own}/replay", json={"since": "2026-01-01T00:00:00+08:00"})
        assert replay.json == {"replayed": 0}
        assert client.delete(own).status_code == 204
        assert client.get(own).status_code == 404
