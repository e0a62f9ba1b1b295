"""What the tests of WeChat share: its servers, and the codes sent to telephones."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from marketplace.identity import senders
from tests import wechat_server
from tests.marketplace.identity.conftest import Outbox
from tests.wechat_server import WechatServer


@pytest.fixture(scope="module")
def servers() -> Iterator[WechatServer]:
    with wechat_server.running() as server:
        yield server


def connect(app: Flask, server: WechatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an application be the server of the mini-program."""
    settings = replace(
        app.config["SETTINGS"],
        wechat_app_id=wechat_server.APP_ID,
        wechat_app_secret=wechat_server.SECRET,
        wechat_api_base=server.base,
    )
    monkeypatch.setitem(app.config, "SETTINGS", settings)


@pytest.fixture
def wechat(app: Flask, servers: WechatServer, monkeypatch: pytest.MonkeyPatch) -> WechatServer:
    servers.forget()
    connect(app, servers, monkeypatch)
    return servers


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Outbox:
    box = Outbox()
    monkeypatch.setattr(senders.ConsoleSender, "send", lambda self, made: box.sent.append(made))
    return box
