"""Why a browser that was signed in is so no longer, told to whoever holds the ended session."""

from flask import request
from sqlalchemy import select

from marketplace import clock, secrets
from marketplace.database import db
from marketplace.identity.carriers import LONGEST_TOKEN, cookie_name
from marketplace.identity.models import Session, SessionKind
from marketplace.language import Text

_IDLE = Text(
    "长时间没有操作，为了安全已自动退出，请重新登录",
    "You were signed out after some time without use, to be safe; sign in again",
)
_AGE = Text(
    "本次登录已到最长时限，请重新登录",
    "This sign-in has lasted as long as one may; sign in again",
)
_ELSEWHERE = Text(
    "这次登录已被结束（例如在别处退出或改了密码），请重新登录",
    "This sign-in was ended, elsewhere or by a new password; sign in again",
)


def why_signed_out() -> Text | None:
    """Return why this browser's session opens nothing any more; None where it never had one."""
    token = request.cookies.get(cookie_name(), "")
    if not 1 <= len(token) <= LONGEST_TOKEN or not token.isascii():
        return None
    session = db.session.scalar(
        select(Session).where(
            Session.token_digest == secrets.digest(token), Session.kind == SessionKind.PAGE
        )
    )
    if session is None:
        return _AGE
    if session.revoked_at is not None:
        return _ELSEWHERE
    return _AGE if clock.now() >= session.expires_at else _IDLE
