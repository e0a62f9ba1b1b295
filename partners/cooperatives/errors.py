"""How admitting or finding a cooperative can fail."""

from marketplace.errors import Conflict, Forbidden, NotFound, Unprocessable
from marketplace.language import Text
from partners.cooperatives.models import CooperativeState
from partners.credit_codes import CREDIT_CODE_MISSING, CREDIT_CODE_TAKEN


class CooperativeUnknown(NotFound):
    """No cooperative has this id, or it is not yours to see."""

    title = Text("没有这个合作社", "There is no such cooperative")


class CooperativeNeedsCreditCode(Unprocessable):
    """This kind of seller must be registered."""

    title = Text("入驻申请有误", "The application is not valid")

    def __init__(self) -> None:
        super().__init__(fields={"credit_code": CREDIT_CODE_MISSING})


class CooperativeNotACounty(Unprocessable):
    """The home region is not a county, so no county office could answer for it."""

    title = Text("入驻申请有误", "The application is not valid")

    def __init__(self) -> None:
        super().__init__(
            fields={
                "region_code": Text(
                    "所在地请填写到县（市、区）；不设区县的市填写该市",
                    "Give the county; for a city without counties, the city",
                )
            }
        )


class CooperativeRegistered(Conflict):
    """Another cooperative has this credit code."""

    title = Text("该单位已申请入驻", "This body has applied already")

    def __init__(self) -> None:
        super().__init__(fields={"credit_code": CREDIT_CODE_TAKEN})


class CooperativeNotInState(Conflict):
    """The step does not fit where the admission stands."""

    title = Text("入驻流程不在这一步", "The admission does not stand at this step")

    def __init__(self, state: CooperativeState) -> None:
        super().__init__(
            Text("当前状态：{state}", "It is: {state}").format(state=state.label), state=str(state)
        )


class CooperativeDecidedTwice(Forbidden):
    """Applicant, recommender and approver must be three people."""

    title = Text(
        "申请、推荐和审核须由不同的人办理",
        "Applying, recommending and approving take different people",
    )
