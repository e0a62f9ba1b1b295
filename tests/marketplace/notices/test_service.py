"""Telling and sending: each once, by what was chosen, at a decent hour, tried again or given up."""

import itertools
import re
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace import clock, secrets
from marketplace.database import db, transaction
from marketplace.identity import accounts
from marketplace.identity.errors import CodeNotSent
from marketplace.identity.models import Account, AccountState
from marketplace.identity.senders import NoticeRefused
from marketplace.language import Text
from marketplace.mail import MailRefused
from marketplace.notices import jobs, sending, service
from marketplace.notices.groups import Channel, NoticeGroup
from marketplace.notices.models import MailAddress, MessageState, Notice, NoticeMessage
from marketplace.notices.queries import count_unread, list_undelivered
from marketplace.notices.service import Choice, first_try, tell
from tests.conftest import Committed
from tests.factories import identity as make
from tests.marketplace.notices.conftest import SHIPPED, Carried, at, telling

PHONE, MAIL = "13812345678", "buyer@example.com"


def make_reader(*, mail: bool = False, language: str = "zh") -> Account:
    account = make.make_account(phone=PHONE)
    account.language = language
    if mail:
        db.session.add(
            MailAddress(
                account_id=account.id, address_sealed=secrets.seal(MAIL),
                address_index=secrets.blind_index(MAIL), token_digest=secrets.digest("x"),
                asked_at=clock.now(), asked_times=1, counted_at=clock.now(),
                confirmed_at=clock.now(),
            )
        )  # fmt: skip
    db.session.flush()
    return account


def messages() -> list[NoticeMessage]:
    statement = select(NoticeMessage).order_by(NoticeMessage.channel.desc())
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


class TestTell:
    def test_tells_an_event_once_and_by_each_channel(self, carried: Carried) -> None:
        reader = make_reader(mail=True)
        event_id = uuid.uuid4()
        assert tell([telling(reader.id, event_id=event_id)]) == 1
        assert tell([telling(reader.id, event_id=event_id)]) == 0
        assert sending.send_due() == 2
        assert sending.send_due() == 0
        assert carried.sms == [(PHONE, "【结对集市】订单 JD1 已发货。 http://localhost/orders",
                                "order_shipped", {"number": "JD1"})]  # fmt: skip
        [message] = carried.mails
        assert (message.to, message.subject) == (MAIL, "订单已发货")
        assert "http://localhost/orders" in message.text
        assert message.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert [one.state for one in messages()] == [MessageState.SENT] * 2

    def test_speaks_the_account_s_language(self, carried: Carried) -> None:
        tell([telling(make_reader(language="en").id)])
        sending.send_due()
        assert carried.sms[0][1:3] == (
            "[Jiedui] Order JD1 is on its way. http://localhost/orders", "order_shipped_en",
        )  # fmt: skip

    def test_leaves_out_what_was_turned_off(self) -> None:
        reader = make_reader(mail=True)
        service.choose(reader.id, [Choice(NoticeGroup.ORDERS, Channel.SMS, is_on=False)])
        tell([telling(reader.id)])
        assert [one.channel for one in messages()] == [Channel.EMAIL]
        assert count_unread(reader.id) == 1

    def test_of_safety_cannot_be_turned_off(self) -> None:
        reader = make_reader()
        service.choose(reader.id, [Choice(NoticeGroup.SECURITY, Channel.SMS, is_on=False)])
        service.tell_security(reader.id, "phone_changed", Text("号码", "Number"), Text("改", "new"))
        assert [one.channel for one in messages()] == [Channel.SMS]

    def test_wakes_nobody_with_what_is_old(self) -> None:
        reader = make_reader()
        assert not service.is_news(clock.now() - service.NEWS_FOR)
        assert service.is_news(clock.now() - service.NEWS_FOR + timedelta(minutes=1))
        tell([telling(reader.id)], is_news=False)
        assert messages() == []
        assert count_unread(reader.id) == 1

    def test_sends_nothing_to_an_account_that_is_shut(self, carried: Carried) -> None:
        reader, late = make_reader(), make.make_account()
        reader.state = AccountState.DISABLED
        tell([telling(reader.id), telling(late.id)])
        assert len(messages()) == 1
        late.state = AccountState.DISABLED
        sending.send_due()
        assert carried.sms == []
        assert [row.message.failure for row in list_undelivered(10)] == ["no_address"]

    def test_is_done_once_by_those_who_do_it_at_once(self, committed: Committed) -> None:
        with committed.context(), transaction():
            reader_id = make.make_account().id
        event_id = uuid.uuid4()

        def once() -> int:
            with transaction():
                return tell([telling(reader_id, event_id=event_id)])

        assert sorted(committed.in_parallel(*[once] * 4), key=str) == [0, 0, 0, 1]
        with committed.context():
            assert db.session.scalar(select(func.count()).select_from(NoticeMessage)) == 1


class TestChangeOfSignIn:
    def test_is_told_to_its_owner(self) -> None:
        reader = make_reader()
        accounts.change_phone(make.actor_of(reader), "13912345678")
        kinds = db.session.scalars(select(Notice.kind)).all()
        assert kinds == ["phone_changed"]


class TestFirstTry:
    @pytest.mark.parametrize(
        ("hour", "minute", "waits"),
        [(7, 59, timedelta(minutes=1)), (8, 0, timedelta()), (21, 59, timedelta()),
         (22, 0, timedelta(hours=10)), (0, 30, timedelta(hours=7, minutes=30))],
    )  # fmt: skip
    def test_of_a_short_message_waits_for_the_morning(
        self, hour: int, minute: int, waits: timedelta
    ) -> None:
        now = at(hour, minute)
        assert first_try(Channel.SMS, now) == now + waits
        assert first_try(Channel.EMAIL, now) == now

    def test_is_asked_again_when_it_is_sent(self, carried: Carried) -> None:
        tell([telling(make_reader().id)])
        with clock.travel(at(22)):
            assert sending.send_due() == 0
            assert messages()[0].next_try_at == at(8) + timedelta(days=1)
            assert messages()[0].tries == 0


class TestSendDue:
    def test_tries_again_ever_more_rarely_and_gives_up(self, carried: Carried) -> None:
        reader = make_reader(mail=True)
        service.choose(reader.id, [Choice(NoticeGroup.ORDERS, Channel.SMS, is_on=False)])
        tell([telling(reader.id)])
        carried.failures = [CodeNotSent()] * sending.MOST_TRIES
        instants = []
        for _ in range(sending.MOST_TRIES):
            [message] = messages()
            with clock.travel(message.next_try_at + timedelta(seconds=1)):
                instants.append(message.next_try_at)
                sending.send_due()
        pauses = [later - sooner for sooner, later in itertools.pairwise(instants)]
        assert all(two > one for one, two in itertools.pairwise(pauses))
        [given_up] = list_undelivered(10)
        assert (given_up.message.state, given_up.message.failure) == ("failed", "not_taken")
        assert carried.mails == []

    @pytest.mark.parametrize(
        "refusal", [NoticeRefused("isv.MOBILE_NUMBER_ILLEGAL"), MailRefused("550")]
    )
    def test_gives_up_at_once_what_is_refused_for_good(
        self, carried: Carried, refusal: Exception
    ) -> None:
        tell([telling(make_reader().id)])
        carried.failures = [refusal]
        sending.send_due()
        [message] = messages()
        assert (message.state, message.failure) == (MessageState.FAILED, str(refusal))
        sending.send_due()
        assert carried.sms == []

    def test_goes_to_the_number_of_today(self, carried: Carried) -> None:
        reader = make_reader()
        tell([telling(reader.id)])
        accounts.change_phone(make.actor_of(reader), "13912345678")
        sending.send_due()
        assert {phone for phone, *_ in carried.sms} == {"13912345678"}

    def test_leaves_a_message_to_who_is_sending_it(self, committed: Committed) -> None:
        with committed.context(), transaction():
            tell([telling(make.make_account().id) for _ in range(3)])
        sent = committed.in_parallel(*[sending.send_due] * 3)
        assert sum(one for one in sent if isinstance(one, int)) == 3


class TestRetention:
    def test_forgets_addresses_that_nobody_confirmed(self) -> None:
        kept, forgotten = make_reader(mail=True), make.make_account()
        db.session.add(
            MailAddress(
                account_id=forgotten.id, address_sealed=b"x", address_index=b"x",
                token_digest=b"x", asked_at=clock.now(), asked_times=1, counted_at=clock.now(),
            )
        )  # fmt: skip
        with clock.travel(clock.now() + jobs.UNCONFIRMED_KEPT + timedelta(minutes=1)):
            jobs.drop_old_notices()
        assert db.session.scalars(select(MailAddress.account_id)).all() == [kept.id]

    def test_forgets_after_half_a_year(self) -> None:
        tell([telling(make_reader().id)])
        jobs.send_messages()
        jobs.drop_old_notices()
        assert db.session.scalar(select(func.count()).select_from(Notice)) == 1
        with clock.travel(clock.now() + jobs.KEPT + timedelta(minutes=1)):
            jobs.drop_old_notices()
        assert db.session.scalar(select(func.count()).select_from(NoticeMessage)) == 0


def test_words_are_shared_by_many() -> None:
    readers = [make.make_account().id for _ in range(3)]
    assert tell([telling(one, replace(SHIPPED, link="/x")) for one in readers]) == 3


class TestLetter:
    def test_says_the_same_as_text_and_as_html_and_nothing_typed_is_markup(
        self, carried: Carried
    ) -> None:
        reader = make_reader(mail=True)
        named = replace(SHIPPED, text=Text("“<b>茶</b>”已发货", "“<b>tea</b>” is on its way"))
        tell([telling(reader.id, named)])
        sending.send_due()
        [mail] = carried.mails
        assert "“<b>茶</b>”已发货" in mail.text
        assert "“&lt;b&gt;茶&lt;/b&gt;”已发货" in mail.html
        for address in re.findall(r"http://\S+", mail.text):
            assert f'href="{address}"' in mail.html
        assert "src=" not in mail.html
