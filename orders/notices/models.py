"""The table of what is summed up before it is told."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Model


class OrderDigest(Model):
    """Orders paid to a cooperative since it was last told; its row is taken when it is."""

    __tablename__ = "order_digests"
    __table_args__ = (CheckConstraint("orders > 0", name="orders"),)

    cooperative_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    # The first of the events summed up: the digest is told once because of it.
    event_id: Mapped[uuid.UUID]
    orders: Mapped[int]
    total_fen: Mapped[Fen]
    since_at: Mapped[datetime]
