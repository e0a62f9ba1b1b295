"""The ways in which a recovery refuses. None of them tells whether an account exists."""

from marketplace.errors import Conflict, Forbidden, NotFound, TooManyRequests, Unprocessable
from marketplace.language import Text
from orders.recoveries.models import RecoveryState


class RecoveryNotFound(NotFound):
    """No recovery has this number, or it is not yours to see."""

    title = Text("没有找到这份申请", "There is no such application")


class TooManyRecoveries(TooManyRequests):
    """Too many applications by this number, for this number, or from this address."""

    title = Text("申请太频繁，请过几天再试", "Too many applications; please try again in some days")


class RecoveryOpen(Conflict):
    """The new number has an application that is not over."""

    title = Text(
        "这个新号码已有一份申请在处理", "An application by this new number is being handled"
    )


class NewNumberInUse(Unprocessable):
    """The applicant's own new number has an account with orders or roles: two cannot become one."""

    title = Text(
        "这个新号码的账号已有订单或角色，请换一个没有用过的号码申请",
        "The account of this new number has orders or roles; apply with a number not used here",
    )

    def __init__(self) -> None:
        super().__init__(fields={"new_phone": self.title})


class RecoveryNotInState(Conflict):
    """The step does not fit where the recovery stands."""

    title = Text("申请不在这一步", "The application does not stand at this step")

    def __init__(self, state: RecoveryState) -> None:
        super().__init__(
            Text("当前状态：{state}", "It is: {state}").format(state=state.label), state=str(state)
        )


class EvidenceTooWeak(Conflict):
    """Too little of what the applicant says is true of one account of that number."""

    title = Text("核实的依据不足，不能批准", "Too little of it is confirmed to approve")

    def __init__(self) -> None:
        super().__init__(
            Text(
                "须有订单号相符，并且收货人、付款金额中至少一项相符；用同一号码申请的，两项都要相符。",
                "An order number must be right, and the recipient or an amount paid as well; both,"
                " where the old number itself applies.",
            )
        )


class RecoveryOfOneself(Forbidden):
    """An officer does not decide about the officer's own account or number."""

    title = Text("不能处理涉及本人账号的申请", "You may not decide about your own account")
