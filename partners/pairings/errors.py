"""How changing or finding a pairing can fail."""

from datetime import date

from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.language import Text


class PairingUnknown(NotFound):
    """No pairing has this id."""

    title = Text("没有这条结对关系", "There is no such pairing")


class PairingOverlaps(Conflict):
    """The same regions are already paired in the same relation on some of these days."""

    title = Text("结对期间重叠", "The pairing overlaps another one")

    def __init__(self) -> None:
        super().__init__(
            Text(
                "这两个地区在所填期间内已有同一种结对关系，请先终止原有结对，或调整起止日期",
                "These two regions are already paired in this relation during that period;"
                " end the existing pairing first, or change the dates",
            ),
            fields={
                "valid_from": Text(
                    "与已有结对期间重叠", "Overlaps the period of an existing pairing"
                )
            },
        )


class PairingEndsBeforeStart(Unprocessable):
    """The last day lies before the first."""

    title = Text("结对起止日期有误", "The pairing's dates are not valid")

    def __init__(self, valid_from: date) -> None:
        super().__init__(
            fields={
                "valid_to": Text(
                    "终止日期不能早于起始日期 {day}",
                    "The last day may not be before the first day, {day}",
                ).format(day=valid_from.isoformat())
            }
        )


class PairingOfOneRegion(Unprocessable):
    """East and west are the same region, or one lies in the other."""

    title = Text("结对双方有误", "The two sides of the pairing are not valid")

    def __init__(self) -> None:
        super().__init__(
            fields={
                "west_code": Text(
                    "东部与西部不能是同一地区，也不能互相包含",
                    "East and west may not be the same region, nor lie in each other",
                )
            }
        )


class PairingOrganisationUnknown(Unprocessable):
    """The organisation is not known, or does not stand beside the western region."""

    title = Text("受援单位有误", "The western organisation is not valid")

    def __init__(self) -> None:
        super().__init__(
            fields={
                "west_organisation_code": Text(
                    "没有这个单位，或它不在所填的西部地区",
                    "There is no such organisation, or it does not stand in the western region",
                )
            }
        )


class PairingAlreadyEnded(Conflict):
    """The pairing ended before today; what was counted under it is settled."""

    title = Text("该结对已经终止", "This pairing has already ended")
