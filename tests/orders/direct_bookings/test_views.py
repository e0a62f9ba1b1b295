"""A bank charge booked over HTTP and in pages, by those who may."""

from flask.testing import FlaskClient

from marketplace import clock
from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.direct_bookings.queries import get_booking
from tests.factories.identity import actor_of, make_account, sign_in, sign_in_page
from tests.orders.direct_bookings.test_service import WHY, charge
from tests.orders.reconciliation.conftest import NEXT_MORNING, noon

__all__ = ["noon"]

API = "/api/v1/reconciliation"
HOME = "/desk/direct-bookings"


def officers() -> tuple[Account, Account]:
    one, two = (make_account(role=Role.FINANCE_OFFICER) for _ in range(2))
    return one, two


class TestApi:
    def test_one_proposes_and_another_confirms(self, client: FlaskClient) -> None:
        one, two = officers()
        _, difference = charge((actor_of(one), actor_of(two)))
        with clock.travel(NEXT_MORNING):
            sign_in(client, one)
            address = f"{API}/differences/{difference.id}/bookings"
            wrong = client.post(address, json={"purpose": "provider_fee", "reason": WHY})
            assert (wrong.status_code, wrong.json["code"]) == (422, "purpose_unfit")
            said = client.post(address, json={"purpose": "bank_charge", "reason": WHY})
            assert (said.status_code, said.json["amount_fen"]) == (201, -1_500)
            mine = client.post(f"{API}/bookings/{said.json['id']}/confirm")
            assert (mine.status_code, mine.json["code"]) == (
                403, "booking_confirmed_by_same_officer",
            )  # fmt: skip
            sign_in(client, two)
            agreed = client.post(f"{API}/bookings/{said.json['id']}/confirm")
        assert (agreed.status_code, agreed.json["state"]) == (200, "confirmed")
        [listed] = client.get(f"{API}/bookings?state=confirmed").json["items"]
        assert listed == client.get(f"{API}/bookings/{said.json['id']}").json == agreed.json


class TestPages:
    def test_a_charge_goes_through_two_hands(self, client: FlaskClient) -> None:
        one, two = officers()
        _, difference = charge((actor_of(one), actor_of(two)))
        with clock.travel(NEXT_MORNING):
            token = {"csrf_token": sign_in_page(client, one)}
            address = f"/desk/differences/{difference.id}"
            assert "直接入账" in client.get(address).text
            empty = client.post(f"{address}/bookings", data=token | {"booking_reason": WHY})
            assert (empty.status_code, WHY in empty.text) == (422, True)
            form = token | {"purpose": "bank_charge", "booking_reason": WHY}
            client.post(f"{address}/bookings", data=form)
            told = client.get(address).text
            assert "待另一位财务复核" in told
            assert ("您是提出人" in told, "查看或撤回" in told) == (True, True)
            entry = client.get(f"/desk/bank-entries/{difference.subject_id}").text
            assert (address in entry, "直接入账：银行手续费" in entry) == (True, True)
            assert 'name="purpose"' not in told

            token = {"csrf_token": sign_in_page(client, two)}
            told = client.get(address).text
            assert ("您是提出人" in told, "去复核或否决" in told) == (False, True)
            listed = client.get(HOME).text
            assert "FEE001" in listed
            booking_id = listed.split(f'href="{HOME}/')[1].split('"')[0]
            client.post(f"{HOME}/{booking_id}/confirm", data=token)
            done = client.get(f"{HOME}/{booking_id}").text
        assert "查看凭证" in done
        assert get_booking(booking_id).decided_by == two.id
