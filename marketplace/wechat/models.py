"""Tables of WeChat sign-in: who is bound to whom, sign-ins under way, and the shared access token."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, Ref


class WechatBinding(Model):
    """A WeChat user who signs in to an account; at most one of each for the other."""

    __tablename__ = "wechat_bindings"
    __table_args__ = (
        UniqueConstraint("account_id"),
        UniqueConstraint("openid_index"),
        Index(None, "unionid_index"),
        CheckConstraint("(unionid_index is null) = (unionid_sealed is null)", name="unionid_whole"),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    # Keyed by the mini-program as well: the same person has another openid in another one.
    openid_index: Mapped[bytes] = mapped_column(LargeBinary)
    openid_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    unionid_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    unionid_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    bound_at: Mapped[Instant]


class WechatTicket(Model):
    """A sign-in under way: WeChat said who it is, and the telephone number is still to come."""

    __tablename__ = "wechat_tickets"

    id: Mapped[Id]
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    openid_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    unionid_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    # The number whose holder has yet to show a code.
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[datetime | None]


class WechatToken(Model):
    """The access token of a mini-program, shared by all processes."""

    __tablename__ = "wechat_tokens"
    __table_args__ = (
        CheckConstraint("(token_sealed is null) = (expires_at is null)", name="token_whole"),
    )

    app_id: Mapped[str] = mapped_column(primary_key=True)
    token_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime | None]
    # Who renews it holds the right until then; a process that dies loses it by itself.
    renewing_ends_at: Mapped[datetime | None]
    renewing_by: Mapped[uuid.UUID | None]
