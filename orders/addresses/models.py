"""The table of addresses: each stands in the book of one account or of one buying unit."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.permissions import Permission
from orders.addresses.errors import AddressBookFull, AddressNotFound, AddressUnitNotYours
from orders.shared_books.models import BookRules, InBook


class Address(InBook):
    """A place to send goods to. Who receives them and the street are sealed; the division is not."""

    __tablename__ = "addresses"
    rules = BookRules(
        permission=Permission.ADDRESS_WRITE,
        lock="address book",
        subject="address",
        not_found=AddressNotFound,
        full=AddressBookFull,
        unit_not_yours=AddressUnitNotYours,
    )

    region_code: Mapped[str] = mapped_column(Text)

    @property
    def told(self) -> dict[str, str]:
        """Its division: no street, no person."""
        return {"region_code": self.region_code}
