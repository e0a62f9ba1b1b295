"""How registering, finding or filing for a buying unit can fail."""

from marketplace.errors import Conflict, Forbidden, NotFound, Unprocessable
from marketplace.language import Text
from partners.buying_units.models import BuyingUnitState
from partners.credit_codes import CREDIT_CODE_TAKEN


class BuyingUnitUnknown(NotFound):
    """No unit has this id, or it is not yours to see."""

    title = Text("没有这个采购单位", "There is no such buying unit")


class BuyingUnitRegistered(Conflict):
    """Another unit has this credit code."""

    title = Text("该单位已登记", "This unit is registered already")

    def __init__(self) -> None:
        super().__init__(fields={"credit_code": CREDIT_CODE_TAKEN})


class BuyingUnitParentUnfit(Unprocessable):
    """The unit above is unknown, not active, or lies below this one."""

    title = Text("上级单位有误", "The parent unit is not valid")

    def __init__(self) -> None:
        super().__init__(
            fields={
                "parent_credit_code": Text(
                    "上级单位须为已登记的其他单位，且不能是本单位的下级",
                    "The parent must be another active unit, and not one below this unit",
                )
            }
        )


class CanteenFactsUnfit(Unprocessable):
    """What is said of the canteen does not fit together."""

    title = Text("食堂信息有误", "The canteen's facts are not valid")


class BuyingUnitNotInState(Conflict):
    """The step does not fit where the registration stands."""

    title = Text("登记流程不在这一步", "The registration does not stand at this step")

    def __init__(self, state: BuyingUnitState) -> None:
        super().__init__(
            Text("当前状态：{state}", "It is: {state}").format(state=state.label), state=str(state)
        )


class BuyingUnitApprovedByApplicant(Forbidden):
    """Who registered a unit may not approve it."""

    title = Text("不能审核自己提交的登记", "You may not approve your own registration")


class BuyingUnitDoesNotFile(Conflict):
    """The unit has no canteen, or another unit files for it."""

    title = Text("本单位无需申报", "This unit does not file itself")

    def __init__(self) -> None:
        super().__init__(
            Text(
                "没有食堂，或由共用食堂的单位代为申报；如有变化请先修改食堂信息",
                "It has no canteen, or the unit that shares its canteen files for it;"
                " change the canteen's facts first if that is no longer so",
            )
        )
