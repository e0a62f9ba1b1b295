"""WeChat's three calls: who signed in, our access token, and a telephone number.

``sns/jscode2session``, ``cgi-bin/stable_token`` and ``wxa/business/getuserphonenumber``, as WeChat's
documentation for servers of mini-programs describes them. WeChat answers 200 to everything and tells
failures by ``errcode``. The session key that comes with the first is dropped on arrival: nothing here
decrypts data with it, and whoever has it could.
"""

import logging
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlencode

import orjson
from flask import current_app

from config.settings import Settings
from marketplace import calling
from marketplace.errors import Problem
from marketplace.wechat.errors import (
    PhoneNotMainland,
    WechatBlocked,
    WechatCodeRefused,
    WechatNotOffered,
    WechatPhoneCodeRefused,
    WechatTooOften,
    WechatUnavailable,
)

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5.0
# Wrong or too old; used before; of another mini-program.
_REFUSED = {40029, 40163, 40013}
_TOO_OFTEN = {45009, 45011}
_BLOCKED = 40226
_TOKEN_REFUSED = {40001, 40014, 42001}
_MAINLAND = "86"


@dataclass(frozen=True, slots=True)
class WechatUser:
    """Who WeChat says has opened the mini-program."""

    openid: str = field(repr=False)
    unionid: str | None = field(repr=False)


class TokenRefused(Exception):
    """WeChat no longer takes the access token."""


def settings() -> Settings:
    """Return the settings; raise WechatNotOffered where there is no mini-program."""
    found: Settings = current_app.config["SETTINGS"]
    if not found.wechat_app_id:
        raise WechatNotOffered
    return found


def exchange_code(code: str) -> WechatUser:
    """Return who a code of ``wx.login`` stands for.

    Raises WechatCodeRefused, WechatBlocked, WechatTooOften, WechatUnavailable.
    """
    ours = settings()
    query = {
        "appid": ours.wechat_app_id,
        "secret": ours.wechat_app_secret,
        "js_code": code,
        "grant_type": "authorization_code",
    }
    answer = _call("GET", f"/sns/jscode2session?{urlencode(query)}")
    _raise_on_failure(answer, WechatCodeRefused)
    openid, unionid = answer.get("openid"), answer.get("unionid")
    if not isinstance(openid, str) or not openid:
        _fail("sns/jscode2session named nobody")
    return WechatUser(openid, unionid if isinstance(unionid, str) and unionid else None)


def fetch_token(*, is_forced: bool) -> tuple[str, int]:
    """Return an access token and for how many seconds it is good.

    Asked again, WeChat gives the same one until five minutes before its end; ``is_forced`` ends the
    former at once, which WeChat allows twenty times a day.
    """
    ours = settings()
    wanted = {
        "grant_type": "client_credential",
        "appid": ours.wechat_app_id,
        "secret": ours.wechat_app_secret,
        "force_refresh": is_forced,
    }
    answer = _call("POST", "/cgi-bin/stable_token", wanted)
    _raise_on_failure(answer, WechatUnavailable)
    token, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not token or not isinstance(seconds, int):
        _fail("cgi-bin/stable_token gave no token")
    return token, seconds


def fetch_phone(token: str, code: str) -> str:
    """Return the telephone number that a person agreed to share, eleven digits.

    Raises TokenRefused, WechatPhoneCodeRefused, PhoneNotMainland, WechatTooOften, WechatUnavailable.
    """
    target = f"/wxa/business/getuserphonenumber?{urlencode({'access_token': token})}"
    answer = _call("POST", target, {"code": code})
    if answer.get("errcode") in _TOKEN_REFUSED:
        raise TokenRefused
    _raise_on_failure(answer, WechatPhoneCodeRefused)
    told = answer.get("phone_info")
    if not isinstance(told, dict):
        _fail("getuserphonenumber told no number")
    watermark = told.get("watermark")
    if not isinstance(watermark, dict) or watermark.get("appid") != settings().wechat_app_id:
        # Agreed to in another mini-program: not meant for us.
        logger.warning("a telephone number with the mark of another mini-program")
        raise WechatPhoneCodeRefused
    number = str(told.get("purePhoneNumber"))
    # A number in some answers, a string in others.
    if str(told.get("countryCode")) != _MAINLAND or not re.fullmatch(r"1[3-9][0-9]{9}", number):
        raise PhoneNotMainland
    return number


def _call(method: str, target: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    sent = b"" if body is None else orjson.dumps(body)
    headers = {"Content-Type": "application/json"} if body is not None else {}
    try:
        answer = calling.call(
            settings().wechat_api_base, method, target, sent, headers, timeout=TIMEOUT_SECONDS
        )
        said = orjson.loads(answer.body) if answer.status == 200 else None
    except (calling.Unreachable, orjson.JSONDecodeError) as error:
        _fail(f"no answer that can be read: {type(error).__name__}")
    if not isinstance(said, dict):
        _fail(f"answered {answer.status}")
    return said


def _raise_on_failure(answer: dict[str, Any], refused: type[Problem]) -> None:
    """Raise what an ``errcode`` means; a code that nobody foresaw is ours to look at, not theirs."""
    code = answer.get("errcode") or 0
    if code == 0:
        return
    if code in _REFUSED:
        raise refused
    if code in _TOO_OFTEN:
        raise WechatTooOften(headers={"Retry-After": "60"})
    if code == _BLOCKED:
        raise WechatBlocked
    _fail(f"errcode {code}")


def _fail(why: str) -> NoReturn:
    # Never the answer itself: it may hold a session key, a token or a number.
    logger.error("WeChat: %s", why)
    raise WechatUnavailable(headers={"Retry-After": "10"})
