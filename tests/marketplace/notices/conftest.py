"""What the tests of notices share: words, an hour of the day, carriers that remember."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time

import pytest
from flask import Flask

from marketplace import clock, mail
from marketplace.identity import senders
from marketplace.ids import new_id
from marketplace.language import Text
from marketplace.mail import Mail
from marketplace.notices.groups import NoticeGroup
from marketplace.notices.service import Telling, Words

SHIPPED = Words(
    kind="order_shipped",
    group=NoticeGroup.ORDERS,
    title=Text("订单已发货", "Your order is on its way"),
    text=Text("订单 JD1 已发货。", "Order JD1 is on its way."),
    link="/orders",
    values={"number": "JD1"},
)


def telling(
    account_id: uuid.UUID, words: Words = SHIPPED, event_id: uuid.UUID | None = None
) -> Telling:
    return Telling(event_id or new_id(), account_id, words)


@pytest.fixture(autouse=True)
def noon(travel: Callable[[datetime], None]) -> None:
    """Short messages go out at this hour; another one is travelled to."""
    travel(at(12))


def at(hour: int, minute: int = 0) -> datetime:
    return datetime.combine(clock.today(), time(hour, minute), clock.SHANGHAI)


@dataclass(slots=True)
class Carried:
    """What was handed over, and what is raised instead."""

    sms: list[tuple[str, str, str, Mapping[str, str]]] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)


@pytest.fixture
def carried(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Carried]:
    box = Carried()

    def send_notice(
        self: object, phone: str, text: str, template: str, values: Mapping[str, str]
    ) -> None:
        box.fail()
        box.sms.append((phone, text, template, values))

    def send(self: object, message: Mail) -> None:
        box.fail()
        box.mails.append(message)

    monkeypatch.setattr(senders.ConsoleSender, "send_notice", send_notice)
    monkeypatch.setattr(mail.FileSender, "send", send)
    settings = replace(app.config["SETTINGS"], mail_sender="files", mail_from="no-reply@localhost")
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    return box
