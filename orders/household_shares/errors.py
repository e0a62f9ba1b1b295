"""The ways in which entering and attesting household shares can fail."""

from marketplace.errors import Conflict, Forbidden, NotFound, Unprocessable
from marketplace.language import Text


class HouseholdShareUnknown(NotFound):
    title = Text("没有这份返还农户登记", "There is no such household share")


class HouseholdShareFrozen(Conflict):
    title = Text(
        "对口办已经认定，不能再改", "The office has attested it; it cannot be changed any more"
    )


class HouseholdShareStateForbids(Conflict):
    title = Text("这份登记已经更正或办理过", "This entry was replaced or decided before")


class AttestedByEnterer(Forbidden):
    title = Text("登记人不能自己认定", "Whoever entered it does not attest it")


class HouseholdPlaceUnknown(Unprocessable):
    title = Text(
        "前六位不是现有的县级区划代码", "The first six digits are no county of the division codes"
    )


class LineRepeated(Unprocessable):
    title = Text("同一地区同一类农户只填一行", "One line for each place and kind")


class ExcessUnexplained(Unprocessable):
    title = Text(
        "返还金额高于结算单应付金额，请选择原因",
        "More was returned than the statement pays; choose the reason",
    )
