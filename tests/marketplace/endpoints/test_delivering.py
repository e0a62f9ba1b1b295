"""What happens reaches a storefront at least once, signed, again and again until it is taken."""

import base64
import hashlib
import hmac
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.endpoints import delivering, queries, service, wording
from marketplace.endpoints.errors import EndpointNotActive, EndpointNotFound, KindsNotOffered
from marketplace.endpoints.jobs import prune_log
from marketplace.endpoints.models import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Endpoint,
    EndpointState,
    PauseReason,
)
from marketplace.endpoints.offers import OFFERED
from marketplace.notices.models import Notice
from marketplace.outbox import spreading
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from marketplace.permissions import Role, ScopeKind
from tests.conftest import Committed
from tests.factories.endpoints import make_endpoint
from tests.factories.identity import actor_of, make_account
from tests.marketplace.endpoints.conftest import Answer, Storefront

PAID = EventKind.ORDER_PAID
Travel = Callable[[datetime], None]

pytestmark = pytest.mark.usefixtures("loopback")


class Client:
    """A cooperative with an endpoint at the storefront."""

    def __init__(self, storefront: Storefront, path: str = "/hooks") -> None:
        self.cooperative_id = uuid.uuid4()
        self.manager = make_account(role=Role.COOPERATIVE_MANAGER, scope=self.cooperative_id)
        self.actor = actor_of(self.manager)
        self.endpoint = make_endpoint(self.manager, self.cooperative_id, url=storefront.url(path))

    def deliveries(self) -> list[Delivery]:
        statement = select(Delivery).where(Delivery.endpoint_id == self.endpoint.id)
        ordered = statement.order_by(Delivery.created_at, Delivery.id)
        return list(db.session.scalars(ordered.execution_options(populate_existing=True)))

    def happens(self, kind: EventKind = PAID) -> uuid.UUID:
        """Let something happen to the cooperative, and be told."""
        subject = uuid.uuid4()
        with transaction():
            announce(
                kind, subject_id=subject, account_id=uuid.uuid4(),
                cooperative_id=self.cooperative_id, facts={"state": "paid", "total_fen": 5800},
            )  # fmt: skip
        spreading.spread()
        return subject


@pytest.fixture
def shop(storefront: Storefront) -> Client:
    return Client(storefront)


def renewed(endpoint: Endpoint) -> Endpoint:
    db.session.refresh(endpoint)
    return endpoint


class TestDelivery:
    def test_is_signed_and_says_what_happened_and_of_nobody(
        self, storefront: Storefront, shop: Client
    ) -> None:
        subject = shop.happens()
        shop.happens(EventKind.ORDER_SHIPPED)  # not chosen
        assert delivering.deliver_due() == 1
        [request] = storefront.received
        assert orjson.loads(request.body) == {
            "type": "order.paid",
            "version": 1,
            "timestamp": orjson.loads(request.body)["timestamp"],
            "data": {
                "id": str(subject),
                "cooperative_id": str(shop.cooperative_id),
                "state": "paid",
                "total_fen": 5800,
            },
        }
        [secret] = service.valid_secrets(shop.endpoint)
        key = base64.b64decode(secret.removeprefix("whsec_"))
        headers = request.headers
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request.body
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        [delivery] = shop.deliveries()
        assert delivery.state is DeliveryState.DELIVERED
        assert headers["webhook-id"] == str(delivery.event_id)

    def test_is_told_to_whom_it_concerns(self, storefront: Storefront, shop: Client) -> None:
        Client(storefront, "/neighbour")
        administrator = make_account(role=Role.PLATFORM_ADMIN)
        platform = storefront.url("/platform")
        make_endpoint(administrator, None, scope_kind=ScopeKind.PLATFORM, url=platform)
        shop.happens()
        assert delivering.deliver_due() == 2
        assert {request.path for request in storefront.received} == {"/hooks", "/platform"}

    def test_is_tried_again_with_the_same_id_until_it_is_taken(
        self, storefront: Storefront, shop: Client, travel: Travel
    ) -> None:
        storefront.say(Answer(500), Answer(500, body="稍后".encode()), Answer(200))
        shop.happens()
        for _ in range(3):
            assert delivering.deliver_due() == 1
            assert delivering.deliver_due() == 0
            travel(clock.now() + timedelta(minutes=5))
        [delivery] = shop.deliveries()
        assert (delivery.state, delivery.tries) == (DeliveryState.DELIVERED, 3)
        assert len({request.headers["webhook-id"] for request in storefront.received}) == 1
        assert len({request.headers["webhook-signature"] for request in storefront.received}) == 3
        [seen] = queries.with_attempts([delivery])
        assert [one.status for one in seen.attempts] == [200, 500, 500]
        assert seen.attempts[1].answer == "稍后"
        assert renewed(shop.endpoint).first_failed_at is None

    def test_waits_longer_each_time_by_chance_and_ends_after_three_days(
        self, storefront: Storefront, shop: Client, travel: Travel
    ) -> None:
        pauses = [delivering.pause_after(5).total_seconds() for _ in range(200)]
        assert 1 <= min(pauses) < 300
        assert 700 < max(pauses) <= 960
        assert delivering.pause_after(99) <= delivering.LONGEST_PAUSE
        storefront.say(Answer(500))
        shop.happens()
        began = clock.now()
        tries = 0
        while shop.deliveries()[0].state is DeliveryState.WAITING:
            tries += delivering.deliver_due()
            travel(max(clock.now(), shop.deliveries()[0].next_try_at) + timedelta(seconds=1))
            assert tries < 60
        assert tries > 10
        assert timedelta(days=3) <= clock.now() - began < timedelta(days=3, hours=1)

    def test_respects_how_long_it_is_asked_to_wait(
        self, storefront: Storefront, shop: Client
    ) -> None:
        storefront.say(Answer(429, {"Retry-After": "7200"}))
        shop.happens()
        shop.happens()
        tried = delivering.deliver_due()
        in_two_hours = clock.now() + timedelta(seconds=7100)
        assert (renewed(shop.endpoint).rest_ends_at or clock.now()) > in_two_hours
        refused = [one for one in shop.deliveries() if one.tries]
        assert len(refused) == tried
        assert all(one.next_try_at > in_two_hours for one in refused)

    def test_ends_for_good_where_the_receiver_is_gone(
        self, storefront: Storefront, shop: Client
    ) -> None:
        storefront.say(Answer(410))
        shop.happens()
        delivering.deliver_due()
        assert shop.deliveries()[0].state is DeliveryState.FAILED
        endpoint = renewed(shop.endpoint)
        assert (endpoint.state, endpoint.pause_reason) == (EndpointState.PAUSED, PauseReason.GONE)
        [told] = db.session.scalars(select(Notice).where(Notice.account_id == endpoint.created_by))
        assert (told.kind, told.link) == ("webhook_gone", f"/desk/webhooks/{endpoint.id}")
        assert endpoint.label in told.text_zh
        shop.happens()
        assert len(shop.deliveries()) == 1

    def test_pauses_an_endpoint_that_took_nothing_for_days(
        self, storefront: Storefront, shop: Client, travel: Travel
    ) -> None:
        storefront.say(Answer(500))
        endpoint = renewed(shop.endpoint)
        endpoint.first_failed_at, endpoint.failures = clock.now() - timedelta(days=3), 9
        shop.happens()
        delivering.deliver_due()
        assert renewed(endpoint).pause_reason is PauseReason.FAILING
        travel(clock.now() + timedelta(minutes=5))
        assert delivering.deliver_due() == 0

    def test_a_slow_endpoint_holds_none_of_the_others_up(
        self, storefront: Storefront, shop: Client
    ) -> None:
        others = [Client(storefront, f"/{number}") for number in range(3)]
        is_over = threading.Event()
        # It answers once all the others were told: waiting for it first would never end.
        storefront.say(Answer(before=lambda: is_over.wait(8)))

        def look() -> None:
            if len(storefront.received) >= 1 + 3 * 3:
                is_over.set()

        for number in range(3):
            storefront.say(Answer(before=look), path=f"/{number}")
        shop.happens()
        for other in others:
            for _ in range(3):
                other.happens()
        assert delivering.deliver_due() == 10
        assert is_over.is_set()
        assert shop.deliveries()[0].state is DeliveryState.DELIVERED

    def test_of_a_worker_that_died_is_made_again(
        self, storefront: Storefront, shop: Client, travel: Travel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Killed(BaseException):
            pass

        def die(*_: object) -> None:
            raise Killed

        shop.happens()
        with monkeypatch.context() as patched:
            patched.setattr(delivering, "record", die)
            with pytest.raises(Killed):
                delivering.deliver_due()
        assert delivering.deliver_due() == 0  # the lease of the dead one holds
        travel(clock.now() + delivering.LEASE)
        assert delivering.deliver_due() == 1
        ids = [request.headers["webhook-id"] for request in storefront.received]
        assert len(ids) == 2
        assert len(set(ids)) == 1

    def test_is_not_made_by_two_workers_at_once(
        self, committed: Committed, storefront: Storefront
    ) -> None:
        settings = committed.app.config["SETTINGS"]
        committed.app.config["SETTINGS"] = replace(settings, webhooks_to_loopback=True)
        with committed.context():
            with transaction():
                shop = Client(storefront)
            for _ in range(12):
                shop.happens()
        made = committed.in_parallel(*[delivering.deliver_due] * 3)
        assert sum(each for each in made if isinstance(each, int)) == 12
        ids = [request.headers["webhook-id"] for request in storefront.received]
        assert len(ids) == len(set(ids)) == 12


class TestSecrets:
    def test_two_are_valid_for_a_day_after_a_rotation(
        self, storefront: Storefront, shop: Client, travel: Travel
    ) -> None:
        [old] = service.valid_secrets(shop.endpoint)
        _, new = service.rotate_secret(shop.actor, shop.endpoint.id)
        assert service.valid_secrets(shop.endpoint) == [new, old]
        assert old.encode() not in shop.endpoint.secret
        shop.happens()
        delivering.deliver_due()
        assert storefront.received[0].headers["webhook-signature"].count("v1,") == 2
        travel(clock.now() + timedelta(days=1))
        assert service.valid_secrets(shop.endpoint) == [new]


class TestReplay:
    def test_sends_again_what_failed_and_what_was_missed(
        self, storefront: Storefront, shop: Client
    ) -> None:
        began = clock.now()
        storefront.say(Answer(410), Answer(200))
        shop.happens()
        delivering.deliver_due()
        missed = shop.happens()
        with pytest.raises(EndpointNotActive):
            service.replay_since(shop.actor, shop.endpoint.id, began)
        service.resume_endpoint(shop.actor, shop.endpoint.id)
        assert delivering.deliver_due() == 0
        assert service.replay_since(shop.actor, shop.endpoint.id, began) == 2
        assert service.replay_since(shop.actor, shop.endpoint.id, began) == 0
        assert delivering.deliver_due() == 2
        assert str(missed).encode() in b"".join(request.body for request in storefront.received)
        assert {one.state for one in shop.deliveries()} == {DeliveryState.DELIVERED}

    def test_sends_one_again_under_the_same_id(self, storefront: Storefront, shop: Client) -> None:
        shop.happens()
        delivering.deliver_due()
        [delivery] = shop.deliveries()
        service.replay_delivery(shop.actor, shop.endpoint.id, delivery.id)
        assert delivering.deliver_due() == 1
        first, second = storefront.received
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body


class TestEndpoints:
    def test_a_test_is_tried_once(self, storefront: Storefront, shop: Client) -> None:
        storefront.say(Answer(500))
        service.send_test(shop.actor, shop.endpoint.id)
        assert delivering.deliver_due() == 1
        assert orjson.loads(storefront.received[0].body)["type"] == "webhook.test"
        assert shop.deliveries()[0].state is DeliveryState.FAILED
        yesterday = clock.now() - timedelta(days=1)
        assert service.replay_since(shop.actor, shop.endpoint.id, yesterday) == 0

    def test_a_removed_one_is_told_nothing_more(self, storefront: Storefront, shop: Client) -> None:
        shop.happens()
        service.remove_endpoint(shop.actor, shop.endpoint.id)
        assert delivering.deliver_due() == 0
        assert shop.deliveries()[0].state is DeliveryState.FAILED
        with pytest.raises(EndpointNotFound):
            queries.get_endpoint(shop.endpoint.id, queries.visible_to(shop.actor))

    def test_are_of_own_scopes_and_for_kinds_that_can_concern_them(
        self, storefront: Storefront, shop: Client
    ) -> None:
        with pytest.raises(EndpointNotFound):
            make_endpoint(shop.manager, uuid.uuid4(), url=storefront.url())
        with pytest.raises(EndpointNotFound):
            make_endpoint(shop.manager, None, scope_kind=ScopeKind.PLATFORM)
        with pytest.raises(KindsNotOffered):
            make_endpoint(shop.manager, shop.cooperative_id, kinds=[EventKind.TRADE_PLACED])

    def test_may_be_told_of_every_kind_that_there_is(self) -> None:
        assert {kind.subject for kind in EventKind} == set(wording.SUBJECTS)
        assert set(OFFERED[ScopeKind.PLATFORM]) == set(EventKind)


class TestPruneLog:
    def test_forgets_what_is_older_than_a_month(
        self, storefront: Storefront, shop: Client, travel: Travel
    ) -> None:
        shop.happens()
        delivering.deliver_due()
        travel(clock.now() + timedelta(days=31))
        shop.happens()
        prune_log()
        assert len(shop.deliveries()) == 1
        assert db.session.scalars(select(DeliveryAttempt)).all() == []


class TestMetrics:
    def test_say_how_much_waits_and_since_when(
        self, client: FlaskClient, shop: Client, travel: Travel
    ) -> None:
        assert "jiedui_webhooks_waiting 0.0" in client.get("/metrics").text
        shop.happens()
        shop.happens()
        travel(clock.now() + timedelta(minutes=10))
        figures = dict(
            line.split()
            for line in client.get("/metrics").text.splitlines()
            if "_webhooks_" in line and not line.startswith("#")
        )
        assert figures["jiedui_webhooks_waiting"] == "2.0"
        assert 595 < float(figures["jiedui_webhooks_oldest_seconds"]) < 660
