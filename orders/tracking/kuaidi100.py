"""Kuaidi100 over HTTP: subscription with pushed notices, and the query for what was not pushed.

Forms with a JSON ``param``; requests and notices are signed by MD5, as the service prescribes:
``param + key + customer`` for a query, ``param + salt`` for a notice.
"""

import hashlib
import http.client
import ssl
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from config.settings import Settings
from marketplace import secrets
from marketplace.clock import SHANGHAI
from orders.orderbook.couriers import BY_CODE
from orders.tracking.models import TrackingState
from orders.tracking.tracker import News, NoticeUnreadable, Step, TrackerUnreachable, Waybill

TIMEOUT_SECONDS = 8
LONGEST_ANSWER = 512 * 1024
MAX_STEPS = 100
# The service's own words: taken, and "subscribed before", which is as good.
_TAKEN = {"200", "501"}
_STATES = {
    "0": TrackingState.IN_TRANSIT,
    "1": TrackingState.COLLECTED,
    "2": TrackingState.IN_TROUBLE,
    "3": TrackingState.DELIVERED,
    "4": TrackingState.RETURNING,
    "5": TrackingState.OUT_FOR_DELIVERY,
    "6": TrackingState.RETURNING,
    "7": TrackingState.IN_TRANSIT,
    "8": TrackingState.IN_TRANSIT,
    "14": TrackingState.RETURNING,
}
_OUR_CODES = {courier.kuaidi100_code: code for code, courier in BY_CODE.items()}


class Kuaidi100:
    """The service, as one customer of it."""

    def __init__(self, settings: Settings) -> None:
        self._base = urlsplit(settings.kuaidi100_base)
        self._customer = settings.kuaidi100_customer
        self._key = settings.kuaidi100_key
        self._salt = settings.kuaidi100_salt
        self._callback = f"{settings.public_url}/webhooks/kuaidi100"

    def subscribe(self, waybill: Waybill) -> None:
        """Have the service tell us of a waybill by itself; safe to repeat."""
        param = {
            "company": _their_code(waybill),
            "number": waybill.number,
            "key": self._key,
            "parameters": {
                "callbackurl": self._callback,
                "salt": self._salt,
                "phone": waybill.phone_ending,
            },
        }
        answer = self._post("/poll", {"schema": "json", "param": orjson.dumps(param).decode()})
        if str(answer.get("returnCode")) not in _TAKEN:
            raise TrackerUnreachable(f"subscription answered {answer.get('returnCode')}")

    def look_up(self, waybill: Waybill) -> News | None:
        """Ask where a waybill is; None while the service knows nothing of it."""
        param = orjson.dumps(
            {
                "com": _their_code(waybill),
                "num": waybill.number,
                "phone": waybill.phone_ending,
            }
        ).decode()
        sign = _md5(param + self._key + self._customer)
        answer = self._post(
            "/poll/query.do", {"customer": self._customer, "sign": sign, "param": param}
        )
        return _news(answer) if str(answer.get("status")) == "200" else None

    def read_notice(self, form: Mapping[str, str]) -> News | None:
        """Read a pushed notice; raises NoticeUnreadable unless its signature is right."""
        param = form.get("param", "")
        if not secrets.same(form.get("sign", ""), _md5(param + self._salt)):
            raise NoticeUnreadable("not signed by the service")
        try:
            told = orjson.loads(param)
            result = told["lastResult"]
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise NoticeUnreadable("no result") from error
        return _news(result) if isinstance(result, dict) else None

    def _post(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        host = self._base.hostname or ""
        connection = (
            http.client.HTTPSConnection(
                host, self._base.port, timeout=TIMEOUT_SECONDS,
                context=ssl.create_default_context(),
            )
            if self._base.scheme == "https"
            else http.client.HTTPConnection(host, self._base.port, timeout=TIMEOUT_SECONDS)
        )  # fmt: skip
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request("POST", path, urlencode(form), headers)
            response = connection.getresponse()
            body = response.read(LONGEST_ANSWER)
            answer = orjson.loads(body) if response.status == 200 else None
        except (OSError, http.client.HTTPException, orjson.JSONDecodeError) as error:
            raise TrackerUnreachable(type(error).__name__) from error
        finally:
            connection.close()
        if not isinstance(answer, dict):
            raise TrackerUnreachable("not an answer of the service")
        return answer


def _their_code(waybill: Waybill) -> str:
    courier = BY_CODE.get(waybill.courier_code)
    return courier.kuaidi100_code if courier is not None else waybill.courier_code


def _md5(text: str) -> str:
    # What the service prescribes; the key makes it a signature, however weak. No secret of ours
    # rests on it: a forged notice could only say where a parcel is.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def _news(result: dict[str, Any]) -> News | None:
    """Read a result; lines that cannot be read are left out."""
    code, number = result.get("com"), result.get("nu")
    if not isinstance(code, str) or not isinstance(number, str):
        return None
    rows = result.get("data")
    steps = [_step(row) for row in rows[:MAX_STEPS]] if isinstance(rows, list) else []
    return News(
        courier_code=_OUR_CODES.get(code, code),
        number=number,
        state=_STATES.get(str(result.get("state")), TrackingState.IN_TRANSIT),
        course=[step for step in steps if step is not None],
    )


def _step(row: Any) -> Step | None:
    if not isinstance(row, dict) or not isinstance(row.get("context"), str):
        return None
    try:
        said = str(row.get("ftime") or row.get("time"))
        at = datetime.strptime(said, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None
    return Step(at, row["context"][:300])
