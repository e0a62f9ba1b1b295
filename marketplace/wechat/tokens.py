"""The access token: kept sealed in the database, shared by all processes, renewed by one of them.

Opens its own short transactions; the call to WeChat stands between them.
"""

import time
import uuid
from collections.abc import Callable
from datetime import timedelta

from marketplace import clock, secrets
from marketplace.database import transaction
from marketplace.ids import new_id
from marketplace.wechat import client, queries
from marketplace.wechat.errors import WechatUnavailable
from marketplace.wechat.models import WechatToken

# WeChat hands out the next token five minutes before the end of the last, and then takes both.
RENEW_BEFORE = timedelta(minutes=4)
# Longer than one call may take, so that only a process that died loses the right.
RENEWING_LASTS = timedelta(seconds=20)
PAUSE_SECONDS, LONGEST_WAIT_SECONDS = 0.05, 6.0


def with_token(use: Callable[[str], str]) -> str:
    """Call WeChat with the access token; if it is refused, once more with a new one."""
    token = access_token()
    try:
        return use(token)
    except client.TokenRefused:
        pass
    try:
        return use(access_token(refused=token))
    except client.TokenRefused:
        raise WechatUnavailable(headers={"Retry-After": "60"}) from None


def access_token(refused: str = "") -> str:
    """Return a token that is good for some minutes more, and is not the one that WeChat refused."""
    waited = 0.0
    while waited < LONGEST_WAIT_SECONDS:
        token, renewer = _read_or_claim(refused)
        if renewer is not None:
            return _renew(renewer, refused)
        if token is not None:
            return token
        # Somebody else is asking WeChat at this moment, and there is nothing to use meanwhile.
        time.sleep(PAUSE_SECONDS)
        waited += PAUSE_SECONDS
    raise WechatUnavailable(headers={"Retry-After": "5"})


def _read_or_claim(refused: str) -> tuple[str | None, uuid.UUID | None]:
    """Return the token that may be used, and our right to renew it if it is due and free to take."""
    app_id, now = client.settings().wechat_app_id, clock.now()
    with transaction():
        row = queries.find_token(app_id)
        token = None if row is None else _usable(row, refused)
        if token is not None and row is not None and not _is_due(row):
            return token, None
        row = queries.lock_token(app_id)
        token = _usable(row, refused)
        is_renewed_by_others = row.renewing_ends_at is not None and row.renewing_ends_at > now
        if is_renewed_by_others or (token is not None and not _is_due(row)):
            return token, None
        renewer = new_id()
        row.renewing_by, row.renewing_ends_at = renewer, now + RENEWING_LASTS
        return token, renewer


def _usable(row: WechatToken, refused: str) -> str | None:
    if row.token_sealed is None or row.expires_at is None or row.expires_at <= clock.now():
        return None
    token = secrets.unseal(row.token_sealed)
    return None if token == refused else token


def _is_due(row: WechatToken) -> bool:
    return row.expires_at is None or row.expires_at <= clock.now() + RENEW_BEFORE


def _renew(renewer: uuid.UUID, refused: str) -> str:
    token, seconds = "", 0
    try:
        token, seconds = client.fetch_token(is_forced=False)
        if token == refused:
            # Ended before its time, and WeChat still calls it good: only force helps.
            token, seconds = client.fetch_token(is_forced=True)
        return token
    finally:
        with transaction():
            row = queries.lock_token(client.settings().wechat_app_id)
            # Who took longer than the right lasts leaves the row to whoever holds it now.
            if row.renewing_by == renewer:
                row.renewing_by = row.renewing_ends_at = None
                if token:
                    row.token_sealed = secrets.seal(token)
                    row.expires_at = clock.now() + timedelta(seconds=seconds)
