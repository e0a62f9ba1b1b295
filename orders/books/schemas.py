"""The books in and out."""

from marshmallow import fields

from marketplace.fields import IdField
from marketplace.http import ListQuerySchema, Schema
from orders.books.models import ExportState
from orders.journal.chart import AccountClass, OwnerKind
from orders.journal.models import AccountKind, EntryKind


class ChartedAccountSchema(Schema):
    """An account of the chart: code, name, and on which side its balance usually stands."""

    code = fields.String()
    kind = fields.Enum(AccountKind, by_value=True)
    name = fields.String(attribute="title")
    account_class = fields.Enum(AccountClass, by_value=True)
    is_debit = fields.Boolean()
    owner_kind = fields.Enum(OwnerKind, by_value=True, allow_none=True)


class ChartOfAccountsSchema(Schema):
    """The chart of accounts."""

    items = fields.List(fields.Nested(ChartedAccountSchema))


class AccountRefSchema(Schema):
    """Which account: its code, its kind and its name; whose it is."""

    account_code = fields.String(attribute="account.code")
    account = fields.Enum(AccountKind, by_value=True, attribute="account.kind")
    account_name = fields.String(attribute="account.title")
    owner_id = fields.UUID(allow_none=True)
    owner_name = fields.String(allow_none=True)


class BalanceQuerySchema(Schema):
    """When: the end of a day, or a moment (neither: now); which account, and whether by owner."""

    on = fields.Date(load_default=None)
    at = fields.AwareDateTime(load_default=None)
    account_code = fields.String(load_default=None)
    by_owner = fields.Boolean(load_default=False)


class JournalBalanceSchema(AccountRefSchema):
    """What an account holds; ``balance_fen`` is signed, debits positive."""

    debit_fen = fields.Integer()
    credit_fen = fields.Integer()
    balance_fen = fields.Integer()


class JournalBalancesSchema(Schema):
    """What accounts hold; all of them together sum to zero."""

    on = fields.Date()
    at = fields.DateTime(allow_none=True)
    items = fields.List(fields.Nested(JournalBalanceSchema), attribute="rows")
    total_fen = fields.Integer()
    is_cut = fields.Boolean()


class PeriodQuerySchema(Schema):
    """A period, both days included."""

    start_on = fields.Date(required=True)
    end_on = fields.Date(required=True)


class TrialQuerySchema(PeriodQuerySchema):
    """A period, and whether each owner's account stands by itself."""

    by_owner = fields.Boolean(load_default=False)


class SidesSchema(Schema):
    """Opening balance, turnover, closing balance, each on its side."""

    opening_debit_fen = fields.Integer()
    opening_credit_fen = fields.Integer()
    debit_fen = fields.Integer()
    credit_fen = fields.Integer()
    closing_debit_fen = fields.Integer()
    closing_credit_fen = fields.Integer()


class TrialRowSchema(SidesSchema):
    """An account's line of the trial balance."""

    account_code = fields.String(attribute="charted.code")
    account = fields.Enum(AccountKind, by_value=True)
    account_name = fields.String(attribute="charted.title")
    owner_id = fields.UUID(allow_none=True)
    owner_name = fields.String(allow_none=True)


class TrialBalanceSchema(Schema):
    """A period's trial balance; ``differences``: debits less credits, three times zero."""

    start_on = fields.Date()
    end_on = fields.Date()
    items = fields.List(fields.Nested(TrialRowSchema), attribute="rows")
    totals = fields.Nested(SidesSchema)
    is_balanced = fields.Boolean()
    differences = fields.List(fields.Integer())
    is_cut = fields.Boolean()


class CauseSchema(Schema):
    """The paper that an entry was booked for, and the page where it can be read."""

    what = fields.String()
    number = fields.String()
    href = fields.String(allow_none=True)


class JournalPostingSchema(AccountRefSchema):
    """One side of an entry."""

    order_id = fields.UUID(allow_none=True)
    debit_fen = fields.Integer()
    credit_fen = fields.Integer()


class EntryHeadSchema(Schema):
    """What happened, when, and under which voucher number (null until its day is over)."""

    entry_id = fields.UUID(attribute="entry.id")
    kind = fields.Enum(EntryKind, by_value=True, attribute="entry.kind")
    title = fields.String()
    voucher_no = fields.String(allow_none=True)
    booked_on = fields.Date(attribute="entry.booked_on")
    recorded_at = fields.DateTime(attribute="entry.recorded_at")
    cause_id = fields.UUID(attribute="entry.cause_id")
    cause = fields.Nested(CauseSchema, attribute="paper", allow_none=True)


class JournalEntrySchema(EntryHeadSchema):
    """An entry with its postings."""

    postings = fields.List(fields.Nested(JournalPostingSchema))


class JournalEntryPageSchema(Schema):
    """One page of the journal, the newest entry first."""

    items = fields.List(fields.Nested(JournalEntrySchema))
    next = fields.String(allow_none=True)


class EntryQuerySchema(ListQuerySchema):
    """Which entries."""

    start_on = fields.Date(load_default=None)
    end_on = fields.Date(load_default=None)
    kind = fields.Enum(EntryKind, by_value=True, load_default=None)
    cause_id = IdField(load_default=None)


class LedgerQuerySchema(ListQuerySchema):
    """Whose account, and in which period (by default the running month)."""

    owner_id = IdField(load_default=None)
    start_on = fields.Date(load_default=None)
    end_on = fields.Date(load_default=None)


class LedgerRowSchema(EntryHeadSchema):
    """A posting in its account's ledger, and the account's balance after it (debits positive)."""

    order_id = fields.UUID(allow_none=True)
    debit_fen = fields.Integer()
    credit_fen = fields.Integer()
    balance_fen = fields.Integer()


class LedgerPageSchema(AccountRefSchema):
    """One page of an account's ledger; ``before_fen`` is the balance before its first line."""

    start_on = fields.Date()
    end_on = fields.Date()
    opening_fen = fields.Integer(attribute="turnover.opening_fen", dump_default=0)
    debit_fen = fields.Integer(attribute="turnover.debit_fen", dump_default=0)
    credit_fen = fields.Integer(attribute="turnover.credit_fen", dump_default=0)
    closing_fen = fields.Integer(attribute="turnover.closing_fen", dump_default=0)
    before_fen = fields.Integer()
    items = fields.List(fields.Nested(LedgerRowSchema))
    next = fields.String(allow_none=True)


class AskForExportSchema(PeriodQuerySchema):
    """Which days, all of them over, to write into files."""


class JournalExportSchema(Schema):
    """An export of the books, with the hashes of its files once they are written."""

    id = fields.UUID()
    export_no = fields.String()
    start_on = fields.Date()
    end_on = fields.Date()
    state = fields.Enum(ExportState, by_value=True)
    vouchers = fields.Integer()
    rows = fields.Integer()
    debit_fen = fields.Integer()
    credit_fen = fields.Integer()
    xlsx_digest = fields.String(allow_none=True)
    csv_digest = fields.String(allow_none=True)
    requested_at = fields.DateTime()
    finished_at = fields.DateTime(allow_none=True)


class JournalExportPageSchema(Schema):
    """One page of exports."""

    items = fields.List(fields.Nested(JournalExportSchema))
    next = fields.String(allow_none=True)
