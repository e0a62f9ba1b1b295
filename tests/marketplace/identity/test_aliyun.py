"""Short messages through Aliyun: signed as its documentation says, by approved templates only."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from config.settings import Settings, SettingsIncomplete
from marketplace.identity import aliyun
from marketplace.identity.aliyun import AliyunSender, sign
from marketplace.identity.codes import MadeCode
from marketplace.identity.errors import CodeNotSent
from marketplace.identity.models import CodePurpose
from marketplace.identity.senders import NoticeRefused, sender_for
from tests import sms_server
from tests.sms_server import SmsServer

PHONE = "13812345678"
MADE = MadeCode(phone=PHONE, code="012345", purpose=CodePurpose.SIGN_IN)


@pytest.fixture(scope="module")
def servers() -> Iterator[SmsServer]:
    with sms_server.running() as server:
        yield server


@pytest.fixture
def sender(app: Flask, servers: SmsServer) -> AliyunSender:
    servers.sent, servers.answers, servers.says_nonsense = [], {}, False
    settings = replace(
        app.config["SETTINGS"],
        code_sender="aliyun",
        aliyun_sms_key_id=sms_server.KEY_ID,
        aliyun_sms_key_secret=sms_server.KEY_SECRET,
        aliyun_sms_sign=sms_server.SIGN,
        aliyun_sms_templates=(("code", "SMS_1"), ("order_shipped", "SMS_2")),
        aliyun_sms_base=servers.base,
    )
    made = sender_for(settings)
    assert isinstance(made, AliyunSender)
    return made


class TestSign:
    def test_agrees_with_the_example_of_the_documentation(self) -> None:
        query = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
                 "RegionId": "cn-shanghai"}  # fmt: skip
        headers = {
            "host": "ecs.cn-shanghai.aliyuncs.com",
            "x-acs-action": "RunInstances",
            "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "x-acs-date": "2023-10-26T10:22:32Z",
            "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
            "x-acs-version": "2014-05-26",
        }
        _, names, signature = sign("YourAccessKeySecret", "POST", query, headers)
        assert names == (
            "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
        )
        assert signature == "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"


class TestAliyunSender:
    def test_sends_a_code_by_its_template(self, sender: AliyunSender, servers: SmsServer) -> None:
        sender.send(MADE)
        sender.send(MADE)
        first = servers.sent[0]
        assert (first["PhoneNumbers"], first["SignName"], first["TemplateCode"]) == (
            PHONE, sms_server.SIGN, "SMS_1",
        )  # fmt: skip
        assert first["values"] == {"code": "012345"}
        assert len(servers.sent) == 2

    def test_sends_a_notice_with_its_values(self, sender: AliyunSender, servers: SmsServer) -> None:
        values = {"number": "JD 2026/ä+~*", "name": "很长" * 30}
        sender.send_notice(PHONE, "…", "order_shipped", values)
        assert servers.sent[0]["values"]["number"] == values["number"]
        assert len(servers.sent[0]["values"]["name"]) == aliyun.LONGEST_VALUE

    def test_refuses_what_has_no_approved_template(
        self, sender: AliyunSender, servers: SmsServer
    ) -> None:
        with pytest.raises(NoticeRefused, match="no template for refund_done"):
            sender.send_notice(PHONE, "…", "refund_done", {})
        assert servers.sent == []

    @pytest.mark.parametrize(
        ("answer", "raised"),
        [("isv.BUSINESS_LIMIT_CONTROL", CodeNotSent), ("isp.SYSTEM_ERROR", CodeNotSent),
         ("Throttling.User", CodeNotSent), ("isv.MOBILE_NUMBER_ILLEGAL", NoticeRefused)],
    )  # fmt: skip
    def test_tells_for_now_from_for_good(
        self,
        sender: AliyunSender,
        servers: SmsServer,
        answer: str,
        raised: type[Exception],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        servers.answers[PHONE] = answer
        with pytest.raises(raised):
            sender.send_notice(PHONE, "…", "order_shipped", {})
        with pytest.raises(CodeNotSent):
            sender.send(MADE)
        assert PHONE not in caplog.text
        assert "012345" not in caplog.text

    def test_takes_no_answer_for_a_try_again(
        self, sender: AliyunSender, servers: SmsServer
    ) -> None:
        servers.says_nonsense = True
        with pytest.raises(CodeNotSent):
            sender.send_notice(PHONE, "…", "order_shipped", {})

    def test_is_told_apart_by_its_secret(self, sender: AliyunSender, servers: SmsServer) -> None:
        sender._settings = replace(sender._settings, aliyun_sms_key_secret="another secret 0123")
        with pytest.raises(NoticeRefused, match="SignatureDoesNotMatch"):
            sender.send_notice(PHONE, "…", "order_shipped", {})


ENVIRON = {"JIEDUI_ENV": "production", "DATABASE_URL": "postgresql://x/y", "SECRET_KEY": "k" * 32,
           "CODE_SENDER": "aliyun", "ALIYUN_SMS_KEY_ID": "id", "ALIYUN_SMS_SIGN": "结对集市",
           "ALIYUN_SMS_KEY_SECRET": "s" * 20, "ALIYUN_SMS_TEMPLATES": "code:SMS_1, x:SMS_2"}  # fmt: skip


class TestSettings:
    def test_read_the_templates(self) -> None:
        settings = Settings.from_env(ENVIRON)
        assert settings.aliyun_sms_templates == (("code", "SMS_1"), ("x", "SMS_2"))

    @pytest.mark.parametrize(
        ("name", "value"),
        [("ALIYUN_SMS_KEY_ID", ""), ("ALIYUN_SMS_KEY_SECRET", "short"), ("ALIYUN_SMS_SIGN", ""),
         ("ALIYUN_SMS_TEMPLATES", "x:SMS_2"), ("ALIYUN_SMS_TEMPLATES", "code"),
         ("ALIYUN_SMS_BASE", "http://sms.example")],
    )  # fmt: skip
    def test_refuse_to_start_half_set(self, name: str, value: str) -> None:
        with pytest.raises(SettingsIncomplete, match=name):
            Settings.from_env(ENVIRON | {name: value})
