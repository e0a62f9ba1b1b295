"""The inbox and the choices, over HTTP: one's own only, and links from e-mail that need no sign-in."""

import re
import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from marketplace import clock
from marketplace.audit import AuditEntry
from marketplace.database import db
from marketplace.identity.models import Account
from marketplace.identity.senders import NoticeRefused
from marketplace.mail import MailNotSent
from marketplace.notices import links, mailing, sending, service
from marketplace.notices.groups import Channel, NoticeGroup
from marketplace.notices.models import MailAddress, NoticeMessage
from marketplace.notices.queries import count_unread
from marketplace.permissions import Role
from tests.factories import identity as make
from tests.marketplace.notices.conftest import SHIPPED, Carried, telling

ADDRESS = "buyer@example.com"


@pytest.fixture
def reader() -> Account:
    return make.make_account()


def is_on(account: Account, group: NoticeGroup, channel: Channel) -> bool:
    chosen = service.list_own_choices(make.actor_of(account))
    return next(one.is_on for one in chosen if (one.group, one.channel) == (group, channel))


class TestInbox:
    def test_shows_counts_and_opens(self, client: FlaskClient, reader: Account) -> None:
        service.tell([telling(reader.id), telling(reader.id), telling(make.make_account().id)])
        csrf = make.sign_in_page(client, reader)
        page = client.get("/messages")
        assert page.text.count("订单 JD1 已发货。") == 2
        assert '<span class="bubble">2</span>' in page.text
        action = re.search(r'action="(/messages/[^"]+/open)"', page.text)
        assert action is not None
        opened = client.post(action[1], data={"csrf_token": csrf})
        assert (opened.status_code, opened.headers["Location"]) == (303, "/orders")
        assert count_unread(reader.id) == 1
        client.post("/messages/read", data={"csrf_token": csrf})
        assert count_unread(reader.id) == 0

    def test_asks_nothing_for_a_stranger(self, client: FlaskClient) -> None:
        seen: list[str] = []

        def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
            seen.append(statement)

        make.browse(client)
        connection = db.engines[None]
        event.listen(connection, "before_cursor_execute", note)
        page = client.get("/")
        event.remove(connection, "before_cursor_execute", note)
        assert "/messages" not in page.text
        assert [one for one in seen if "notices" in one] == []

    def test_is_read_by_programs_in_their_language(
        self, client: FlaskClient, reader: Account
    ) -> None:
        service.tell([telling(reader.id), telling(reader.id)])
        make.sign_in(client, reader)
        said = client.get(
            "/api/v1/me/notices?limit=1", headers={"Accept-Language": "en"}
        ).get_json()
        assert (said["unread"], said["items"][0]["text"]) == (2, "Order JD1 is on its way.")
        rest = client.get(f"/api/v1/me/notices?after={said['next']}").get_json()
        assert len(rest["items"]) == 1
        ids = [said["items"][0]["id"]]
        assert client.post("/api/v1/me/notices/read", json={"ids": ids}).status_code == 204
        assert client.get("/api/v1/me/notices?unread=true").get_json()["unread"] == 1
        assert client.post("/api/v1/me/notices/read", json={}).status_code == 204
        assert count_unread(reader.id) == 0


class TestChoices:
    def test_are_kept_as_ticked(self, client: FlaskClient, reader: Account) -> None:
        csrf = make.sign_in_page(client, reader)
        page = client.get("/me/notices").text
        assert "不能关闭" in page
        assert 'value="orders:sms" checked' in page
        assert 'value="selling:' not in page
        data = {"csrf_token": csrf, "on": ["orders:email", "security:sms"]}
        assert client.post("/me/notices", data=data).status_code == 303
        assert not is_on(reader, NoticeGroup.ORDERS, Channel.SMS)
        assert is_on(reader, NoticeGroup.ORDERS, Channel.EMAIL)
        # What the page did not show stays as it was, and is there for who has the role.
        assert is_on(reader, NoticeGroup.SELLING, Channel.SMS)
        make.give_role(reader, Role.COOPERATIVE_STAFF)
        db.session.commit()
        assert 'value="selling:sms" checked' in client.get("/me/notices").text

    def test_are_made_by_programs(self, client: FlaskClient, reader: Account) -> None:
        make.sign_in(client, reader)
        one = {"group": "orders", "channel": "sms", "is_on": False}
        answer = client.put("/api/v1/me/notice-choices", json={"items": [one]})
        assert one in answer.get_json()["items"]
        assert one in client.get("/api/v1/me/notice-choices").get_json()["items"]
        wrong = {"items": [{**one, "group": "security"}]}
        assert client.put("/api/v1/me/notice-choices", json=wrong).status_code == 422


class TestMailAddress:
    def give(self, client: FlaskClient, csrf: str, address: str = ADDRESS) -> int:
        data = {"csrf_token": csrf, "address": address}
        return client.post("/me/notices/mail", data=data).status_code

    def path(self, carried: Carried) -> str:
        found = re.search(r"http://localhost(/confirm-mail/\S+)", carried.mails[-1].text)
        assert found is not None
        return found[1]

    def test_is_used_once_its_owner_confirmed_it(
        self, client: FlaskClient, reader: Account, carried: Carried
    ) -> None:
        csrf = make.sign_in_page(client, reader)
        assert self.give(client, csrf) == 303
        sealed = db.session.get_one(MailAddress, reader.id).address_sealed
        assert ADDRESS.encode() not in sealed
        service.tell([telling(reader.id)])
        path = self.path(carried)
        assert "确认邮箱" in client.get(path).text
        assert db.session.get_one(MailAddress, reader.id).confirmed_at is None
        assert "邮箱已确认" in client.post(path, data={"csrf_token": csrf}).text
        service.tell([telling(reader.id)])
        sending.send_due()
        assert [one.subject for one in carried.mails] == ["请确认您的邮箱", "订单已发货"]
        # The link is used up, and the address can be taken away.
        assert client.get(path).status_code == 404
        client.post("/me/notices/mail/remove", data={"csrf_token": csrf})
        assert ADDRESS not in client.get("/me/notices").text

    def test_is_not_confirmed_by_an_old_link(
        self, client: FlaskClient, reader: Account, carried: Carried
    ) -> None:
        csrf = make.sign_in_page(client, reader)
        self.give(client, csrf)
        first = self.path(carried)
        self.give(client, csrf)
        assert client.get(first).status_code == 404
        with clock.travel(clock.now() + mailing.LINK_GOOD_FOR):
            assert client.get(self.path(carried)).status_code == 404

    def test_of_a_stranger_is_not_flooded(
        self, client: FlaskClient, reader: Account, carried: Carried
    ) -> None:
        csrf = make.sign_in_page(client, reader)
        assert [self.give(client, csrf) for _ in range(2)] == [303, 303]
        other = make.sign_in_page(client, make.make_account())
        assert [self.give(client, other, ADDRESS.upper()) for _ in range(2)] == [303, 429]
        assert len(carried.mails) == mailing.LINKS_A_DAY

    @pytest.mark.parametrize("address", ["", "buyer", "a@b", "a@b.c\r\nBcc: x@y.z", "a b@c.de"])
    def test_has_to_be_one(
        self, client: FlaskClient, reader: Account, carried: Carried, address: str
    ) -> None:
        csrf = make.sign_in_page(client, reader)
        assert self.give(client, csrf, address) == 422
        assert carried.mails == []

    def test_says_when_the_confirmation_was_not_taken(
        self, client: FlaskClient, reader: Account, carried: Carried
    ) -> None:
        csrf = make.sign_in_page(client, reader)
        carried.failures = [MailNotSent()]
        assert self.give(client, csrf) == 503


class TestUnsubscribing:
    def test_takes_one_click_of_a_mail_program(self, client: FlaskClient, reader: Account) -> None:
        token = links.unsubscribe_token(reader.id, NoticeGroup.ORDERS)
        body = {"List-Unsubscribe": "One-Click"}
        for _ in range(2):
            assert client.post(f"/webhooks/unsubscribe/{token}", data=body).status_code == 204
        assert not is_on(reader, NoticeGroup.ORDERS, Channel.EMAIL)
        assert is_on(reader, NoticeGroup.AFTERSALES, Channel.EMAIL)

    def test_asks_whoever_opens_the_link(self, client: FlaskClient, reader: Account) -> None:
        token = links.unsubscribe_token(reader.id, NoticeGroup.SELLING)
        page = make.browse(client).get(f"/unsubscribe/{token}")
        assert "合作社经营" in page.text
        assert is_on(reader, NoticeGroup.SELLING, Channel.EMAIL)
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert csrf is not None
        done = client.post(f"/unsubscribe/{token}", data={"csrf_token": csrf[1]})
        assert "已退订" in done.text
        assert not is_on(reader, NoticeGroup.SELLING, Channel.EMAIL)

    def test_takes_no_link_that_was_altered(self, client: FlaskClient, reader: Account) -> None:
        good = links.unsubscribe_token(reader.id, NoticeGroup.ORDERS)
        always = links.unsubscribe_token(reader.id, NoticeGroup.SECURITY)
        for token in (good[:-1], "x" + good, "x.y", always):
            assert client.post(f"/webhooks/unsubscribe/{token}").status_code == 404


class TestUndelivered:
    def test_lists_what_was_given_up_without_saying_to_whom(
        self, client: FlaskClient, reader: Account, carried: Carried
    ) -> None:
        service.tell([telling(reader.id)])
        reader.phone_sealed = reader.phone_index = None
        reader.phone_released_at = clock.now()
        sending.send_due()
        make.sign_in_page(client, make.make_account(role=Role.AUDITOR))
        page = client.get("/desk/undelivered").text
        assert str(SHIPPED.title.zh) in page
        assert "没有号码或邮箱" in page

    def test_is_sent_again_once_however_often_it_is_pressed(
        self, client: FlaskClient, reader: Account, carried: Carried
    ) -> None:
        first, second = (given_up(reader, carried) for _ in range(2))
        csrf = make.sign_in_page(client, make.make_account(role=Role.PLATFORM_ADMIN))
        form = {"csrf_token": csrf}
        assert f"/desk/undelivered/messages/{first}" in client.get("/desk/undelivered").text
        for _ in range(2):
            answer = client.post(f"/desk/undelivered/messages/{first}", data=form)
            assert answer.status_code == 303
        for _ in range(2):
            client.post("/desk/undelivered/channels/sms", data=form)
        assert [(one.state, one.tries) for one in db.session.scalars(select(NoticeMessage))] == [
            ("waiting", 0)
        ] * 2
        assert sending.send_due() == 2
        again = db.session.scalars(
            select(AuditEntry.subject_id).where(AuditEntry.action == "undelivered.retried")
        ).all()
        assert sorted(again) == sorted([str(first), str(second)])

    def test_is_sent_again_by_the_platform_only(
        self, client: FlaskClient, reader: Account, carried: Carried
    ) -> None:
        given_up(reader, carried)
        csrf = make.sign_in_page(client, make.make_account(role=Role.AUDITOR))
        assert "重新发送" not in client.get("/desk/undelivered").text
        answer = client.post("/desk/undelivered/channels/sms", data={"csrf_token": csrf})
        assert answer.status_code == 403


def given_up(reader: Account, carried: Carried) -> uuid.UUID:
    service.tell([telling(reader.id)])
    carried.failures = [NoticeRefused("isv.BUSINESS_LIMIT_CONTROL")]
    sending.send_due()
    message: uuid.UUID = db.session.scalars(
        select(NoticeMessage.id).order_by(NoticeMessage.id.desc()).limit(1)
    ).one()
    return message
