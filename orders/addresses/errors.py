"""The ways in which an address book refuses."""

from marketplace.errors import NotFound, Unprocessable
from marketplace.language import Text
from orders.shared_books.models import BookFull, UnitNotYours


class AddressNotFound(NotFound):
    """No such address, or it stands in somebody else's book."""

    title = Text("没有找到这个地址", "There is no such address")


class AddressBookFull(BookFull):
    """A book holds a bounded number of addresses."""

    title = Text("地址簿最多存 {most} 个地址", "An address book holds at most {most} addresses")


class AddressRegionUnknown(Unprocessable):
    """Not a county-level division, of today or of former days."""

    title = Text(
        "所在地区不存在，请选择到县（市、区）", "No such division; choose down to the county"
    )

    def __init__(self) -> None:
        super().__init__(fields={"region_code": self.title})


class AddressUnitNotYours(UnitNotYours):
    """The caller does not buy for this unit."""

    title = Text("您不是该单位的采购员", "You do not buy for this unit")
