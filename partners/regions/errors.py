"""How looking up a region can fail."""

from marketplace.errors import NotFound, Unprocessable
from marketplace.language import Text


class RegionUnknown(NotFound):
    """No division has this code today."""

    title = Text("没有这个行政区划代码", "There is no division with this code")

    def __init__(self, code: str) -> None:
        super().__init__(
            Text(
                "行政区划代码 {code} 不存在或已停用",
                "Division code {code} does not exist or is no longer in use",
            ).format(code=code)
        )


class RegionNotAPlace(Unprocessable):
    """A field of a request names a code that is unknown, or a heading of the standard (市辖区)."""

    title = Text("行政区划代码有误", "The division code is not valid")

    def __init__(self, field: str) -> None:
        super().__init__(
            fields={
                field: Text(
                    "请填写现行的六位行政区划代码（省、市、县均可，“市辖区”等统称除外）",
                    "Give a present six-digit division code of a province, city or county"
                    " (not a heading such as “districts under the city”)",
                )
            }
        )
