"""The access token: one for all processes, renewed before its end by one of them, sealed at rest."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace import clock, secrets
from marketplace.database import db
from marketplace.wechat import client, tokens
from marketplace.wechat.errors import WechatUnavailable
from marketplace.wechat.models import WechatToken
from tests.conftest import Committed
from tests.marketplace.wechat.conftest import connect
from tests.wechat_server import WechatServer

PHONE = "13812345678"
ASKED = "/cgi-bin/stable_token"


def row() -> WechatToken:
    return db.session.scalars(select(WechatToken).execution_options(populate_existing=True)).one()


def fetch(wechat: WechatServer) -> str:
    code = wechat.share_phone(PHONE)
    return tokens.with_token(lambda token: client.fetch_phone(token, code))


class TestAccessToken:
    def test_is_asked_for_once_and_kept_sealed(self, wechat: WechatServer) -> None:
        assert [tokens.access_token() for _ in range(3)] == [wechat.token] * 3
        assert wechat.calls[ASKED] == 1
        sealed = row().token_sealed
        assert sealed is not None
        assert wechat.token.encode() not in sealed
        assert secrets.unseal(sealed) == wechat.token

    def test_is_renewed_before_its_end(self, wechat: WechatServer) -> None:
        first = tokens.access_token()
        with clock.travel(clock.now() + timedelta(seconds=7200) - tokens.RENEW_BEFORE):
            second = tokens.access_token()
        assert second != first
        assert wechat.calls[ASKED] == 2

    def test_is_used_on_while_another_process_renews_it(self, wechat: WechatServer) -> None:
        first = tokens.access_token()
        with clock.travel(clock.now() + timedelta(seconds=7200) - tokens.RENEW_BEFORE):
            row().renewing_ends_at = clock.now() + tokens.RENEWING_LASTS
            db.session.commit()
            assert tokens.access_token() == first
            # A process that died while it renewed holds nobody up for long.
            with clock.travel(clock.now() + tokens.RENEWING_LASTS):
                assert tokens.access_token() != first

    def test_is_not_waited_for_without_end(
        self, wechat: WechatServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tokens, "LONGEST_WAIT_SECONDS", 0.01)
        db.session.add(WechatToken(app_id=client.settings().wechat_app_id,
                                   renewing_ends_at=clock.now() + tokens.RENEWING_LASTS))  # fmt: skip
        db.session.commit()
        with pytest.raises(WechatUnavailable):
            tokens.access_token()
        assert wechat.calls[ASKED] == 0

    def test_is_free_to_renew_after_wechat_failed(self, wechat: WechatServer) -> None:
        wechat.says = [(500, b"down")]
        with pytest.raises(WechatUnavailable):
            tokens.access_token()
        assert tokens.access_token() == wechat.token

    def test_is_asked_for_by_one_of_many(
        self, committed: Committed, servers: WechatServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        servers.forget()
        connect(committed.app, servers, monkeypatch)
        found = committed.in_parallel(*[tokens.access_token] * 6)
        assert found == [servers.token] * 6
        assert servers.calls[ASKED] == 1


class TestWithToken:
    def test_renews_once_what_wechat_no_longer_takes(self, wechat: WechatServer) -> None:
        assert fetch(wechat) == PHONE
        # Somebody else had a new one made: ours is out of date, and a plain question gets the new one.
        wechat.refused_tokens.add(wechat.token)
        wechat.token = "newer"
        assert fetch(wechat) == PHONE
        assert wechat.calls[ASKED] == 2

    def test_forces_a_new_one_where_wechat_repeats_the_refused(self, wechat: WechatServer) -> None:
        tokens.access_token()
        wechat.refused_tokens.add(wechat.token)
        assert fetch(wechat) == PHONE
        assert wechat.calls[ASKED] == 3

    def test_gives_up_when_the_new_one_is_refused_too(self, wechat: WechatServer) -> None:
        expired = b'{"errcode":42001,"errmsg":"access_token expired"}'
        tokens.access_token()
        wechat.says = [(200, expired), (200, b""), (200, b""), (200, expired)]
        with pytest.raises(WechatUnavailable):
            fetch(wechat)
