"""Links in e-mail that work without signing in: leaving a group, and confirming an address."""

import base64
import binascii
import uuid
from urllib.parse import quote

from flask import current_app

from marketplace import secrets
from marketplace.notices.errors import UnsubscribeLinkWrong
from marketplace.notices.groups import ALWAYS, NoticeGroup

_PURPOSE = "unsubscribe"


def absolute(path: str) -> str:
    """Return the full address of a page."""
    base: str = current_app.config["SETTINGS"].public_url.rstrip("/")
    return f"{base}{path}"


def unsubscribe_token(account_id: uuid.UUID, group: NoticeGroup) -> str:
    """Return what lets whoever has the e-mail leave a group: signed, without an end."""
    payload = base64.urlsafe_b64encode(account_id.bytes + group.encode()).decode().rstrip("=")
    return f"{payload}.{secrets.sign(_PURPOSE, payload.encode())[:32]}"


def read_unsubscribe_token(token: str) -> tuple[uuid.UUID, NoticeGroup]:
    """Return whom and what a token is about; raises UnsubscribeLinkWrong."""
    payload, _, signature = token.partition(".")
    if not secrets.same(signature, secrets.sign(_PURPOSE, payload.encode())[:32]):
        raise UnsubscribeLinkWrong
    try:
        raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        account_id, group = uuid.UUID(bytes=raw[:16]), NoticeGroup(raw[16:].decode())
    except (ValueError, binascii.Error) as error:
        raise UnsubscribeLinkWrong from error
    if group in ALWAYS:
        raise UnsubscribeLinkWrong
    return account_id, group


def confirmation_path(token: str) -> str:
    """Return the page that confirms an address."""
    return f"/confirm-mail/{quote(token)}"
