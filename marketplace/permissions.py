"""Who may do what: one table of permissions by role.

A route names one permission (``@requires``); which rows the caller may touch is decided by
``visible_to`` and ``manageable_by`` of each capability. Grammar: ``noun:verb``.
"""

from enum import StrEnum


class Permission(StrEnum):
    """What a route asks for."""

    PUBLIC = "public"
    ACCOUNT_SELF = "account:self"
    ACCOUNT_WRITE = "account:write"
    MEMBERSHIP_GRANT = "membership:grant"
    AUDIT_READ = "audit:read"
    NOTICE_RESEND = "notice:resend"
    RECOVERY_READ = "recovery:read"
    RECOVERY_DECIDE = "recovery:decide"
    REGION_WRITE = "region:write"
    PAIRING_WRITE = "pairing:write"
    OFFICE_WRITE = "office:write"
    COOPERATIVE_APPLY = "cooperative:apply"
    COOPERATIVE_READ = "cooperative:read"
    COOPERATIVE_WRITE = "cooperative:write"
    COOPERATIVE_RECOMMEND = "cooperative:recommend"
    COOPERATIVE_APPROVE = "cooperative:approve"
    BUYING_UNIT_APPLY = "buying_unit:apply"
    BUYING_UNIT_READ = "buying_unit:read"
    BUYING_UNIT_WRITE = "buying_unit:write"
    BUYING_UNIT_APPROVE = "buying_unit:approve"
    OUTLET_READ = "outlet:read"
    OUTLET_WRITE = "outlet:write"
    OUTLET_OPEN = "outlet:open"
    PICKUP_POINT_WRITE = "pickup_point:write"
    PICKUP_KEEP = "pickup:keep"
    PRODUCT_WRITE = "product:write"
    PRODUCT_REVIEW = "product:review"
    STOCK_WRITE = "stock:write"
    CERTIFICATE_APPLY = "certificate:apply"
    CERTIFICATE_CERTIFY = "certificate:certify"
    CERTIFICATE_APPROVE = "certificate:approve"
    CART_WRITE = "cart:write"
    ADDRESS_WRITE = "address:write"
    REQUISITION_READ = "requisition:read"
    REQUISITION_DECIDE = "requisition:decide"
    APPROVAL_RULE_WRITE = "approval_rule:write"
    TRADE_PLACE = "trade:place"
    TRADE_READ = "trade:read"
    TRADE_PAY = "trade:pay"
    TRADE_CANCEL = "trade:cancel"
    ORDER_READ = "order:read"
    ORDER_SHIP = "order:ship"
    ORDER_ACCEPT = "order:accept"
    AFTER_SALES_APPLY = "after_sales:apply"
    AFTER_SALES_ANSWER = "after_sales:answer"
    INVOICE_REQUEST = "invoice:request"
    INVOICE_ISSUE = "invoice:issue"
    INVOICE_READ = "invoice:read"
    AFTER_SALES_ARBITRATE = "after_sales:arbitrate"
    AFTER_SALES_DECIDE = "after_sales:decide"
    JOURNAL_READ = "journal:read"
    RECONCILIATION_READ = "reconciliation:read"
    RECONCILIATION_RUN = "reconciliation:run"
    DIFFERENCE_CLOSE = "difference:close"
    BOOKING_CONFIRM = "booking:confirm"
    FEE_WRITE = "fee:write"
    CALENDAR_READ = "calendar:read"
    CALENDAR_WRITE = "calendar:write"
    COUPON_HOLD = "coupon:hold"
    COUPON_READ = "coupon:read"
    COUPON_ISSUE = "coupon:issue"
    PLATFORM_COUPON_ISSUE = "platform_coupon:issue"
    SETTLEMENT_READ = "settlement:read"
    SETTLEMENT_RUN_READ = "settlement_run:read"
    SETTLEMENT_RUN = "settlement:run"
    STATEMENT_CONFIRM = "statement:confirm"
    STATEMENT_RELEASE = "statement:release"
    CORRECTION_CONFIRM = "correction:confirm"
    PAYOUT_READ = "payout:read"
    PAYOUT_SEND = "payout:send"
    PAYOUT_ACCOUNT_WRITE = "payout_account:write"
    RECEIPT_READ = "receipt:read"
    RECEIPT_PROPOSE = "receipt:propose"
    RECEIPT_CONFIRM = "receipt:confirm"
    REFUND_SETTLE = "refund:settle"
    DEBT_READ = "debt:read"
    SPENDING_READ = "spending:read"
    HOUSEHOLD_SHARE_READ = "household_share:read"
    HOUSEHOLD_SHARE_WRITE = "household_share:write"
    HOUSEHOLD_SHARE_SUM = "household_share_sum:read"
    HOUSEHOLD_SHARE_ATTEST = "household_share:attest"
    TERMS_PROPOSE = "terms:propose"
    TERMS_CONFIRM = "terms:confirm"
    WRITE_OFF_CONFIRM = "write_off:confirm"
    QUOTA_READ = "quota:read"
    QUOTA_SET = "quota:set"
    RULE_READ = "rule:read"
    RULE_WRITE = "rule:write"
    CREDIT_REVIEW = "credit:review"
    YEAR_LOCK = "year:lock"
    REPORT_READ = "report:read"
    WEBHOOK_READ = "webhook:read"
    WEBHOOK_WRITE = "webhook:write"


class Role(StrEnum):
    """What a membership makes of an account; every signed-in account is also a shopper."""

    SHOPPER = "shopper"
    COOPERATIVE_MANAGER = "cooperative_manager"
    COOPERATIVE_STAFF = "cooperative_staff"
    BUYING_UNIT_CLERK = "buying_unit_clerk"
    BUYING_UNIT_APPROVER = "buying_unit_approver"
    OUTLET_OPERATOR = "outlet_operator"
    PICKUP_KEEPER = "pickup_keeper"
    OFFICE_OFFICER = "office_officer"
    OFFICE_APPROVER = "office_approver"
    FINANCE_OFFICER = "finance_officer"
    AUDITOR = "auditor"
    PLATFORM_ADMIN = "platform_admin"


class ScopeKind(StrEnum):
    """What a membership is a membership of."""

    COOPERATIVE = "cooperative"
    OFFICE = "office"
    BUYING_UNIT = "buying_unit"
    OUTLET = "outlet"
    PICKUP_POINT = "pickup_point"
    PLATFORM = "platform"


P = Permission

_SHOPPER = {
    P.INVOICE_REQUEST,
    P.INVOICE_READ,
    P.ACCOUNT_SELF,
    P.CART_WRITE,
    P.ADDRESS_WRITE,
    P.TRADE_PLACE,
    P.TRADE_READ,
    P.TRADE_PAY,
    P.TRADE_CANCEL,
    P.ORDER_READ,
    P.ORDER_ACCEPT,
    P.AFTER_SALES_APPLY,
    P.COUPON_HOLD,
    P.COOPERATIVE_APPLY,
    P.BUYING_UNIT_APPLY,
}
_COOPERATIVE_STAFF = {
    P.INVOICE_ISSUE,
    P.INVOICE_READ,
    P.COOPERATIVE_READ,
    P.PRODUCT_WRITE,
    P.STOCK_WRITE,
    P.CERTIFICATE_APPLY,
    P.ORDER_READ,
    P.ORDER_SHIP,
    P.AFTER_SALES_ANSWER,
}
_OFFICER = {
    P.COOPERATIVE_READ,
    P.COOPERATIVE_RECOMMEND,
    P.BUYING_UNIT_READ,
    P.OUTLET_READ,
    P.PICKUP_POINT_WRITE,
    P.PICKUP_KEEP,
    P.PRODUCT_REVIEW,
    P.CERTIFICATE_CERTIFY,
    P.ORDER_READ,
    P.QUOTA_READ,
    P.RULE_READ,
    P.REPORT_READ,
    P.HOUSEHOLD_SHARE_READ,
    P.HOUSEHOLD_SHARE_SUM,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SHOPPER: frozenset(_SHOPPER),
    Role.COOPERATIVE_STAFF: frozenset(_COOPERATIVE_STAFF),
    Role.COOPERATIVE_MANAGER: frozenset(
        _COOPERATIVE_STAFF
        | {
            P.COOPERATIVE_WRITE,
            P.WEBHOOK_READ,
            P.WEBHOOK_WRITE,
            P.MEMBERSHIP_GRANT,
            P.SETTLEMENT_READ,
            P.HOUSEHOLD_SHARE_READ,
            P.HOUSEHOLD_SHARE_WRITE,
            P.STATEMENT_CONFIRM,
            P.PAYOUT_ACCOUNT_WRITE,
            P.COUPON_READ,
            P.COUPON_ISSUE,
        }
    ),
    Role.BUYING_UNIT_CLERK: frozenset(
        {
            P.WEBHOOK_READ,
            P.WEBHOOK_WRITE,
            P.BUYING_UNIT_READ,
            P.BUYING_UNIT_WRITE,
            P.PICKUP_POINT_WRITE,
            P.PICKUP_KEEP,
            P.SPENDING_READ,
            P.APPROVAL_RULE_WRITE,
            P.REQUISITION_READ,
            P.INVOICE_REQUEST,
            P.INVOICE_READ,
            P.ADDRESS_WRITE,
            P.TRADE_PLACE,
            P.TRADE_READ,
            P.TRADE_PAY,
            P.TRADE_CANCEL,
            P.ORDER_READ,
            P.ORDER_ACCEPT,
            P.AFTER_SALES_APPLY,
            P.REPORT_READ,
        }
    ),
    # The second person of a unit: decides what its clerks ask for, and buys nothing.
    Role.BUYING_UNIT_APPROVER: frozenset(
        {
            P.BUYING_UNIT_READ,
            P.SPENDING_READ,
            P.MEMBERSHIP_GRANT,
            P.APPROVAL_RULE_WRITE,
            P.REQUISITION_READ,
            P.REQUISITION_DECIDE,
            P.REPORT_READ,
        }
    ),
    Role.OUTLET_OPERATOR: frozenset(
        {P.OUTLET_READ, P.OUTLET_WRITE, P.PICKUP_POINT_WRITE, P.PICKUP_KEEP}
    ),
    # Takes parcels in at one point and hands them out: sees no more of an order than that.
    Role.PICKUP_KEEPER: frozenset({P.PICKUP_KEEP}),
    Role.OFFICE_OFFICER: frozenset(_OFFICER),
    Role.OFFICE_APPROVER: frozenset(
        _OFFICER
        | {
            P.CERTIFICATE_APPROVE,
            P.HOUSEHOLD_SHARE_ATTEST,
            P.QUOTA_SET,
            P.CREDIT_REVIEW,
            P.YEAR_LOCK,
            P.BUYING_UNIT_APPROVE,
            P.MEMBERSHIP_GRANT,
        }
    ),
    # Runs settlements and pays cooperatives; each payout takes two of them.
    Role.FINANCE_OFFICER: frozenset(
        {
            P.COOPERATIVE_READ,
            P.ORDER_READ,
            P.JOURNAL_READ,
            P.RECONCILIATION_READ,
            P.RECONCILIATION_RUN,
            P.DIFFERENCE_CLOSE,
            P.BOOKING_CONFIRM,
            P.SETTLEMENT_READ,
            P.SETTLEMENT_RUN_READ,
            P.SETTLEMENT_RUN,
            P.COUPON_READ,
            P.HOUSEHOLD_SHARE_READ,
            P.STATEMENT_RELEASE,
            P.CORRECTION_CONFIRM,
            P.CALENDAR_READ,
            P.CALENDAR_WRITE,
            P.PAYOUT_READ,
            P.PAYOUT_SEND,
            P.RECEIPT_READ,
            P.RECEIPT_PROPOSE,
            P.RECEIPT_CONFIRM,
            P.REFUND_SETTLE,
            P.DEBT_READ,
            P.TERMS_PROPOSE,
            P.TERMS_CONFIRM,
            P.WRITE_OFF_CONFIRM,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            P.WEBHOOK_READ,
            P.INVOICE_READ,
            P.SETTLEMENT_READ,
            P.SETTLEMENT_RUN_READ,
            P.PAYOUT_READ,
            P.CALENDAR_READ,
            P.RECEIPT_READ,
            P.RECONCILIATION_READ,
            P.DEBT_READ,
            P.SPENDING_READ,
            P.COOPERATIVE_READ,
            P.BUYING_UNIT_READ,
            P.REQUISITION_READ,
            P.RECOVERY_READ,
            P.OUTLET_READ,
            P.ORDER_READ,
            P.TRADE_READ,
            P.COUPON_READ,
            P.JOURNAL_READ,
            P.HOUSEHOLD_SHARE_READ,
            P.HOUSEHOLD_SHARE_SUM,
            P.QUOTA_READ,
            P.RULE_READ,
            P.REPORT_READ,
            P.AUDIT_READ,
        }
    ),
    Role.PLATFORM_ADMIN: frozenset(
        {
            P.WEBHOOK_READ,
            P.WEBHOOK_WRITE,
            P.NOTICE_RESEND,
            P.ACCOUNT_WRITE,
            P.RECOVERY_READ,
            P.RECOVERY_DECIDE,
            P.MEMBERSHIP_GRANT,
            P.AFTER_SALES_ARBITRATE,
            P.AFTER_SALES_DECIDE,
            P.REGION_WRITE,
            P.PAIRING_WRITE,
            P.OFFICE_WRITE,
            P.COOPERATIVE_READ,
            P.COOPERATIVE_APPROVE,
            P.BUYING_UNIT_READ,
            P.BUYING_UNIT_APPROVE,
            P.OUTLET_READ,
            P.OUTLET_WRITE,
            P.OUTLET_OPEN,
            P.PICKUP_POINT_WRITE,
            P.PRODUCT_REVIEW,
            P.CERTIFICATE_APPROVE,
            P.ORDER_READ,
            P.TRADE_READ,
            P.JOURNAL_READ,
            P.FEE_WRITE,
            P.CALENDAR_READ,
            P.CALENDAR_WRITE,
            P.COUPON_READ,
            P.COUPON_ISSUE,
            P.PLATFORM_COUPON_ISSUE,
            P.HOUSEHOLD_SHARE_READ,
            P.HOUSEHOLD_SHARE_SUM,
            P.QUOTA_READ,
            P.QUOTA_SET,
            P.YEAR_LOCK,
            P.RULE_READ,
            P.RULE_WRITE,
            P.REPORT_READ,
            P.AUDIT_READ,
        }
    ),
}

# What each role is a role in; everybody signed in is a shopper, by no membership.
SCOPE_OF_ROLE: dict[Role, ScopeKind] = {
    Role.COOPERATIVE_MANAGER: ScopeKind.COOPERATIVE,
    Role.COOPERATIVE_STAFF: ScopeKind.COOPERATIVE,
    Role.BUYING_UNIT_CLERK: ScopeKind.BUYING_UNIT,
    Role.BUYING_UNIT_APPROVER: ScopeKind.BUYING_UNIT,
    Role.OUTLET_OPERATOR: ScopeKind.OUTLET,
    Role.PICKUP_KEEPER: ScopeKind.PICKUP_POINT,
    Role.OFFICE_OFFICER: ScopeKind.OFFICE,
    Role.OFFICE_APPROVER: ScopeKind.OFFICE,
    Role.FINANCE_OFFICER: ScopeKind.PLATFORM,
    Role.AUDITOR: ScopeKind.PLATFORM,
    Role.PLATFORM_ADMIN: ScopeKind.PLATFORM,
}

# Which roles a role gives and takes, in its own scope only. An approver makes no approvers:
# the four eyes must not come from one pair of hands.
MAY_GRANT: dict[Role, frozenset[Role]] = {
    Role.COOPERATIVE_MANAGER: frozenset({Role.COOPERATIVE_STAFF}),
    Role.OFFICE_APPROVER: frozenset({Role.OFFICE_OFFICER}),
    Role.BUYING_UNIT_APPROVER: frozenset({Role.BUYING_UNIT_CLERK}),
    Role.PLATFORM_ADMIN: frozenset(SCOPE_OF_ROLE),
}

# Staff without a second factor cannot approve; with one, it was shown within ten minutes.
NEEDS_STEP_UP: frozenset[Permission] = frozenset(
    {P.ACCOUNT_WRITE, P.CERTIFICATE_APPROVE, P.QUOTA_SET, P.RULE_WRITE, P.CREDIT_REVIEW,
     P.YEAR_LOCK, P.RECOVERY_DECIDE, P.HOUSEHOLD_SHARE_ATTEST,
     P.COOPERATIVE_APPROVE, P.BUYING_UNIT_APPROVE, P.REQUISITION_DECIDE, P.FEE_WRITE,
     P.STATEMENT_RELEASE, P.CORRECTION_CONFIRM, P.REFUND_SETTLE, P.PAYOUT_SEND, P.RECEIPT_CONFIRM, P.TERMS_CONFIRM,
     P.WRITE_OFF_CONFIRM, P.PAYOUT_ACCOUNT_WRITE, P.PLATFORM_COUPON_ISSUE, P.AFTER_SALES_DECIDE, P.DIFFERENCE_CLOSE,
     P.BOOKING_CONFIRM}
)  # fmt: skip
