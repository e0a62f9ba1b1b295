"""The form by which an officer puts a statement's line right: its choices, and what was entered."""

from collections.abc import Mapping

from marketplace import forms
from marketplace.errors import Problem
from marketplace.language import Text
from orders.settlements.models import CorrectionPart, CorrectionState
from orders.settlements.schemas import ProposeCorrectionSchema

GIVE, TAKE = "give", "take"
DIRECTIONS = {
    GIVE: Text("补给合作社", "More for the cooperative"),
    TAKE: Text("从合作社扣回", "Less for the cooperative"),
}
PARTS = {
    CorrectionPart.AMOUNT: Text("货款或运费", "Goods or freight"),
    CorrectionPart.FEE: Text("平台服务费", "The platform's fee"),
}
CORRECTION_TITLES = {
    CorrectionState.PROPOSED: Text("待另一位财务复核", "Waits for another officer"),
    CorrectionState.CONFIRMED: Text("已入账，列入下一期", "Booked, in the next statement"),
    CorrectionState.REJECTED: Text("已否决", "Rejected"),
}
_NOT_ZERO = Text("更正金额不能为 0", "A correction is not zero")
_CHOOSE_LINE = Text("请在明细里选中要更正的一行", "Choose the line above")


def read_correction(posted: Mapping[str, str]) -> forms.Entered:
    """Read a posted correction, with a sentence at each field that cannot be taken."""
    amount = forms.fen_of(posted.get("amount", ""))
    if amount is not None and posted.get("direction") == TAKE:
        amount = -amount
    given: dict[str, str | int] = {
        name: posted[name] for name in ("line_id", "part", "reason") if posted.get(name)
    }
    if amount is not None:
        given["amount_fen"] = amount
    entered = forms.load_values(ProposeCorrectionSchema(), given, posted)
    if "amount_fen" in entered.errors:
        entered.errors["amount_fen"] = str(_NOT_ZERO if amount == 0 else forms.AMOUNT_UNREADABLE)
    if "line_id" in entered.errors:
        entered.errors["line_id"] = str(_CHOOSE_LINE)
    return entered


def refuse(entered: forms.Entered, problem: Problem) -> None:
    """Note why a correction was not taken: at its fields, else above the whole form."""
    entered.errors = forms.refused(problem) or {"form": str(problem.detail or problem.title)}
