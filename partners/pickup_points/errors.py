"""How keeping a pick-up point, or choosing one, can fail."""

from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.language import Text


class PickupPointUnknown(NotFound):
    """No pick-up point has this id, or it is not one for the caller."""

    title = Text("没有这个自提点", "There is no such pick-up point")


class HolderNotYours(Unprocessable):
    """The caller does not act for this unit, outlet or office."""

    title = Text(
        "您不是该单位、网点或对口办的经办人", "You do not act for this unit, outlet or office"
    )

    def __init__(self) -> None:
        super().__init__(fields={"holder_id": self.title})


class PickupPointForUnitOnly(Unprocessable):
    """Only a buying unit's place can be for the unit only."""

    title = Text(
        "只有采购单位的自提点可以只供本单位使用", "Only a buying unit's place can be its own"
    )

    def __init__(self) -> None:
        super().__init__(fields={"is_for_unit_only": self.title})


class PickupPointUnavailable(Unprocessable):
    """It takes no new orders, or not from this buyer."""

    title = Text(
        "这个自提点暂停使用，或不对您开放，请另选",
        "This pick-up point is paused, or not open to you; choose another",
    )

    def __init__(self) -> None:
        super().__init__(fields={"pickup_point_id": self.title})


class KeeperUnknown(Conflict):
    """The person does not keep this point."""

    title = Text("此人不是这个自提点的保管员", "This person does not keep the point")
