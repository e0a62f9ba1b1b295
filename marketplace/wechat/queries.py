"""Every select of WeChat sign-in."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from marketplace.database import db
from marketplace.wechat.models import WechatBinding, WechatTicket, WechatToken


def find_binding(openid_index: bytes) -> WechatBinding | None:
    """Return what a WeChat user is bound to."""
    return db.session.scalar(
        select(WechatBinding).where(WechatBinding.openid_index == openid_index)
    )


def find_binding_of(account_id: uuid.UUID) -> WechatBinding | None:
    """Return which WeChat user an account is bound to."""
    return db.session.scalar(select(WechatBinding).where(WechatBinding.account_id == account_id))


def lock_ticket(token_digest: bytes, now: datetime) -> WechatTicket | None:
    """Return a sign-in under way, its row locked, if it may still be finished."""
    return db.session.scalar(
        select(WechatTicket)
        .where(
            WechatTicket.token_digest == token_digest,
            WechatTicket.used_at.is_(None),
            WechatTicket.expires_at > now,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def find_token(app_id: str) -> WechatToken | None:
    """Return the shared access token as it stands."""
    statement = select(WechatToken).where(WechatToken.app_id == app_id)
    return db.session.scalar(statement.execution_options(populate_existing=True))


def lock_token(app_id: str) -> WechatToken:
    """Return the row of the shared access token, locked; made now if there is none."""
    new = insert(WechatToken).values(app_id=app_id).on_conflict_do_nothing()
    db.session.execute(new)
    return db.session.scalars(
        select(WechatToken)
        .where(WechatToken.app_id == app_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
