"""The words of household shares; every reason is one of a list, so that no name can be written."""

from enum import StrEnum

from marketplace.language import Text


class HouseholdKind(StrEnum):
    """What households are counted as; each is counted once."""

    LIFTED = "lifted"
    MONITORED = "monitored"
    OTHER = "other"

    @property
    def label(self) -> Text:
        """The kind's name for people."""
        return _KINDS[self]


_KINDS = {
    HouseholdKind.LIFTED: Text("脱贫户", "Lifted out of poverty"),
    HouseholdKind.MONITORED: Text("监测户", "Under monitoring"),
    HouseholdKind.OTHER: Text("其他农户", "Other farmers"),
}


class ShareState(StrEnum):
    """Where a revision stands; one that is attested is frozen, and so is its statement's."""

    ENTERED = "entered"
    REPLACED = "replaced"
    RETURNED = "returned"
    ATTESTED = "attested"

    @property
    def label(self) -> Text:
        """The state's name for people."""
        return _STATES[self]


_STATES = {
    ShareState.ENTERED: Text("待对口办认定", "Waits for the office"),
    ShareState.REPLACED: Text("已更正", "Replaced"),
    ShareState.RETURNED: Text("已退回", "Returned"),
    ShareState.ATTESTED: Text("已认定", "Attested"),
}


class ExcessReason(StrEnum):
    """Why more was returned than the statement pays."""

    EARLIER_PERIODS = "earlier_periods"
    ADVANCE = "advance"
    OWN_FUNDS = "own_funds"

    @property
    def label(self) -> Text:
        """The reason in words."""
        return _EXCESS[self]


_EXCESS = {
    ExcessReason.EARLIER_PERIODS: Text("含以前各期应返的部分", "Part of it is for earlier periods"),
    ExcessReason.ADVANCE: Text("预付农户下一期货款", "Paid in advance for the next period"),
    ExcessReason.OWN_FUNDS: Text(
        "另以合作社自有资金返还", "Added from the cooperative's own funds"
    ),
}


class ReturnReason(StrEnum):
    """Why the office sends a revision back."""

    COUNT_DOUBTFUL = "count_doubtful"
    AMOUNT_DOUBTFUL = "amount_doubtful"
    PLACE_WRONG = "place_wrong"
    VOUCHERS_MISSING = "vouchers_missing"

    @property
    def label(self) -> Text:
        """The reason in words."""
        return _RETURN[self]


_RETURN = {
    ReturnReason.COUNT_DOUBTFUL: Text("户数与带动台账不符", "The count does not fit the register"),
    ReturnReason.AMOUNT_DOUBTFUL: Text(
        "金额与付款凭证不符", "The amount does not fit the vouchers"
    ),
    ReturnReason.PLACE_WRONG: Text("地区代码有误", "A place is wrong"),
    ReturnReason.VOUCHERS_MISSING: Text("付款凭证不全", "Vouchers are missing"),
}
