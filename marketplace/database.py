"""The database: declarative base, column types, and the one place that commits."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from flask_sqlalchemy import SQLAlchemy
from psycopg.errors import UniqueViolation
from sqlalchemy import BigInteger, Date, DateTime, Enum, MetaData, Text, Uuid
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from marketplace.ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a plain class attribute
        str: Text(),
        int: BigInteger(),
        datetime: DateTime(timezone=True),
        date: Date(),
        uuid.UUID: Uuid(),
    }


M = TypeVar("M", bound=Model)

Id = Annotated[uuid.UUID, mapped_column(primary_key=True, default=new_id)]
Ref = Annotated[uuid.UUID, mapped_column(Uuid())]
Fen = Annotated[int, mapped_column(BigInteger)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Day = Annotated[date, mapped_column(Date)]

# Sessions that a test binds to a connection already in a transaction commit to a savepoint;
# in production a session is bound to an engine and the mode has no effect.
db = SQLAlchemy(
    metadata=Model.metadata, session_options={"join_transaction_mode": "create_savepoint"}
)


def str_enum(members: type[StrEnum]) -> Enum:
    """Return a column type that stores a StrEnum's member as its text (CHECKs stand in migrations)."""
    return Enum(
        members,
        native_enum=False,
        create_constraint=False,
        length=40,
        values_callable=lambda enum: [str(member) for member in enum],
    )


def detached(model: type[M], values: Mapping[str, Any]) -> M:
    """Return a row's values as an object that no session follows: to be read, never added to one.

    A tenth of what the constructor costs, which tells the session of every value.
    """
    row = model()
    vars(row).update(values)
    return row


@contextmanager
def transaction(*, is_last: bool = False) -> Iterator[Session]:
    """Begin here, commit at the end of the block, roll back if it raises.

    Used by entry points only (view, page, job, webhook, command); services flush.
    A block inside another joins it: the outermost one commits. Nothing inside the block
    talks to the network. ``is_last``: nothing but the answer follows, so where an idempotency key
    keeps that answer, both are committed together.
    """
    session: Session = db.session()
    depth: int = session.info.get("transaction_depth", 0)
    session.info["transaction_depth"] = depth + 1
    try:
        yield session
        if depth == 0 and not (is_last and session.info.get("last_step_left_open")):
            session.commit()
    except BaseException:
        if depth == 0:
            session.rollback()
        raise
    finally:
        session.info["transaction_depth"] = depth


@contextmanager
def refusing_repeats(refusal: type[Exception]) -> Iterator[None]:
    """Write what the block adds, or raise the refusal where a unique constraint says it is there.

    In a savepoint, so that the caller's transaction outlives the refusal.
    """
    try:
        with db.session.begin_nested():
            yield
            db.session.flush()
    except IntegrityError as refused:
        if isinstance(refused.orig, UniqueViolation):
            raise refusal from None
        raise


@contextmanager
def last_step_left_open() -> Iterator[None]:
    """Leave what ``transaction(is_last=True)`` did meanwhile for the caller's own to commit."""
    info = db.session().info
    info["last_step_left_open"] = True
    try:
        yield
    finally:
        info["last_step_left_open"] = False


def raw_connection() -> Any:
    """Return the psycopg connection of the current transaction (begun if it has not)."""
    return db.session.connection().connection.driver_connection
