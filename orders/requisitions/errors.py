"""The ways in which requisitions refuse, and the purchase that needs one."""

from marketplace.errors import Conflict, Forbidden, NotFound, Unprocessable
from marketplace.language import Text
from marketplace.money import yuan
from orders.requisitions.models import RequisitionState


class RequisitionNotFound(NotFound):
    """No such requisition, or it is not yours to see."""

    title = Text("没有找到这份采购申请", "There is no such requisition")


class ApprovalRequired(Conflict):
    """The unit wants a second person to approve a purchase of this size before it is placed."""

    title = Text("这笔采购须先经本单位审批", "Your unit has to approve this purchase first")

    def __init__(self, from_fen: int) -> None:
        detail = Text(
            "本单位规定：单笔或当天累计满 {amount} 元的采购，先由审批人批准再下单。请提交采购申请。",
            "Your unit's rule: purchases of {amount} yuan or more, at once or within a day, are"
            " approved before they are placed. Submit a requisition.",
        ).format(amount=yuan(from_fen))
        super().__init__(detail, approval_from_fen=from_fen)


class ApprovalNotUsed(Conflict):
    """The unit has no approval rule, so there is nobody to wait for."""

    title = Text("本单位未启用采购审批，请直接下单", "Your unit approves nothing; place the order")


class PurchaseNotOfAUnit(Unprocessable):
    """A requisition is for a purchase of a buying unit."""

    title = Text("采购申请须以本单位名义提交", "A requisition is made for a buying unit")

    def __init__(self) -> None:
        super().__init__(fields={"attribution": self.title})


class RequisitionNotInState(Conflict):
    """The step does not fit where the requisition stands."""

    title = Text("采购申请不在这一步", "The requisition does not stand at this step")

    def __init__(self, state: RequisitionState) -> None:
        super().__init__(
            Text("当前状态：{state}", "It is: {state}").format(state=state.label), state=str(state)
        )


class RequisitionDecidedByRequester(Forbidden):
    """Who asks may not approve, not even as the unit's approver."""

    title = Text(
        "不能审批自己提交的申请，请由本单位其他审批人处理",
        "You may not decide your own requisition; another approver of the unit has to",
    )
