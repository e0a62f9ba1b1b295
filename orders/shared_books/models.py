"""What the tables of books have in common, and what they differ in."""

import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from marketplace.database import Id, Instant, Model, Ref, str_enum
from marketplace.errors import NotFound, Unprocessable
from marketplace.permissions import Permission

MOST = 30


class BookKind(StrEnum):
    """Whose book it is: one person's, or shared by those who buy for a unit."""

    ACCOUNT = "account"
    BUYING_UNIT = "buying_unit"


class BookFull(Unprocessable):
    """A book holds a bounded number of rows; its title names it with ``most``."""

    def __init__(self) -> None:
        super().__init__(self.title.format(most=MOST))


class UnitNotYours(Unprocessable):
    """The caller does not buy for the unit whose book it is."""

    def __init__(self) -> None:
        super().__init__(fields={"buying_unit_id": self.title})


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRules:
    """What books differ in: who opens those of a unit, how they refuse, and what they are called."""

    permission: Permission
    # Of the lock under which a book changes, and of its rows in the audit trail.
    lock: str
    subject: str
    not_found: type[NotFound]
    full: type[BookFull]
    unit_not_yours: type[UnitNotYours]


class InBook(Model):
    """A row of a book; all that it says of a person is sealed."""

    __abstract__ = True
    rules: ClassVar[BookRules]

    id: Mapped[Id]
    owner_kind: Mapped[BookKind] = mapped_column(str_enum(BookKind))
    # An account or a buying unit: a link across owners, so no foreign key.
    owner_id: Mapped[Ref]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    is_default: Mapped[bool]
    written_by: Mapped[Ref]
    written_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            UniqueConstraint("owner_id", "id"),
            Index(
                f"uq_{cls.__tablename__}_default",
                "owner_id",
                unique=True,
                postgresql_where=text("is_default"),
            ),
            CheckConstraint("owner_kind in ('account', 'buying_unit')", name="owner_kind"),
        )

    @property
    def buying_unit_id(self) -> uuid.UUID | None:
        """The unit whose book it stands in, if it is a unit's."""
        return self.owner_id if self.owner_kind is BookKind.BUYING_UNIT else None

    @property
    def told(self) -> dict[str, str]:
        """What the audit trail may say of it beside its book: nothing of a person."""
        return {}
