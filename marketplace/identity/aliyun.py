"""Short messages through Aliyun: approved templates, requests signed by ACS3-HMAC-SHA256.

``SendSms`` of version 2017-05-25 and the V3 signature, as Aliyun's documentation describes them. The
service knows no idempotency: a message whose answer was lost may come twice.
"""

import hashlib
import hmac
import logging
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import orjson

from config.settings import Settings
from marketplace import calling, clock, secrets
from marketplace.identity.codes import MadeCode
from marketplace.identity.errors import CodeNotSent
from marketplace.identity.senders import NO_PARAMETERS, NoticeRefused

logger = logging.getLogger(__name__)

ALGORITHM, VERSION = "ACS3-HMAC-SHA256", "2017-05-25"
TIMEOUT_SECONDS = 5
LONGEST_VALUE = 35
# Tried again later: limits per number and day, and what is wrong at Aliyun for the moment.
_FOR_NOW = ("Throttling", "isp.SYSTEM_ERROR", "isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL",
            "isv.OUT_OF_SERVICE", "isv.AMOUNT_NOT_ENOUGH", "ServiceUnavailable", "InternalError")  # fmt: skip


def sign(
    secret: str, method: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> tuple[str, str, str]:
    """Return the query as it is sent, the names of the signed headers, and the signature.

    ``headers``: host and every ``x-acs-`` header, names in lower case.
    """
    sent = "&".join(f"{_quoted(name)}={_quoted(query[name])}" for name in sorted(query))
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join((method, "/", sent, lines, names, headers["x-acs-content-sha256"]))
    digest = hashlib.sha256(request.encode()).hexdigest()
    signature = hmac.digest(secret.encode(), f"{ALGORITHM}\n{digest}".encode(), "sha256")
    return sent, names, signature.hex()


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


class AliyunSender:
    """Sends by template; a message without an approved template is refused, not sent as something else."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._templates = dict(settings.aliyun_sms_templates)

    def send(self, made: MadeCode) -> None:
        """Send the code once; the person asks for another if it does not come."""
        try:
            self._send(made.phone, "code", {"code": made.code})
        except NoticeRefused as refused:
            raise CodeNotSent from refused

    def send_notice(
        self, phone: str, text: str, template: str = "", values: Mapping[str, str] = NO_PARAMETERS
    ) -> None:
        """Send the template that says the text."""
        self._send(phone, template, values)

    def _send(self, phone: str, template: str, values: Mapping[str, str]) -> None:
        code = self._templates.get(template)
        if code is None:
            raise NoticeRefused(f"no template for {template}")
        told = {name: value[:LONGEST_VALUE] for name, value in values.items()}
        query = {
            "PhoneNumbers": phone,
            "SignName": self._settings.aliyun_sms_sign,
            "TemplateCode": code,
            "TemplateParam": orjson.dumps(told).decode(),
        }
        answer = self._post(query)
        if answer == "OK":
            return
        logger.warning("Aliyun took no message: %s", answer)
        if answer.startswith(_FOR_NOW):
            raise CodeNotSent
        raise NoticeRefused(answer)

    def _post(self, query: Mapping[str, str]) -> str:
        """Return the code of the answer: OK, or what is wrong."""
        base = self._settings.aliyun_sms_base
        headers = {
            "host": urlsplit(base).netloc,
            "x-acs-action": "SendSms",
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
            "x-acs-date": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secrets.token(),
            "x-acs-version": VERSION,
        }
        sent, names, signature = sign(self._settings.aliyun_sms_key_secret, "POST", query, headers)
        credential = self._settings.aliyun_sms_key_id
        headers["Authorization"] = (
            f"{ALGORITHM} Credential={credential},SignedHeaders={names},Signature={signature}"
        )
        try:
            answer = calling.call(base, "POST", f"/?{sent}", b"", headers, timeout=TIMEOUT_SECONDS)
            said = orjson.loads(answer.body)
        except (calling.Unreachable, orjson.JSONDecodeError) as error:
            logger.warning("Aliyun gave no answer: %s", type(error).__name__)
            raise CodeNotSent from error
        code = said.get("Code") if isinstance(said, dict) else None
        if not isinstance(code, str):
            raise CodeNotSent
        return code
