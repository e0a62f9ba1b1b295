"""Spending, out."""

from marshmallow import fields, validate

from marketplace.http import Schema


class SpendingQuerySchema(Schema):
    """Which year (by default this one), and whether the units below are added."""

    year = fields.Integer(load_default=None, validate=validate.Range(2000, 2100), allow_none=True)
    includes_below = fields.Boolean(load_default=False)


class SpendingPartSchema(Schema):
    """A part of the spending; ``key`` is a month, a code or an id, by what it is split."""

    key = fields.String()
    name = fields.String()
    orders = fields.Integer()
    bought_fen = fields.Integer()
    refunded_fen = fields.Integer()
    net_fen = fields.Integer()


class ReservedShareSchema(Schema):
    """The reserved share: the target (null: none), and the purchases that count for it."""

    target_fen = fields.Integer(allow_none=True)
    confirmed_fen = fields.Integer()
    pending_fen = fields.Integer()
    done_basis_points = fields.Integer(allow_none=True)


class InvoiceStandingSchema(Schema):
    """What of the year's purchases has invoices, and what is on its way back."""

    requested_fen = fields.Integer()
    issued_fen = fields.Integer()
    uninvoiced_fen = fields.Integer()
    uninvoiced_orders = fields.Integer()
    coming_back_fen = fields.Integer()


class DueSchema(Schema):
    """What is owed today for goods that came first."""

    owed_fen = fields.Integer()
    overdue_fen = fields.Integer()
    next_due_on = fields.Date(allow_none=True)


class SpendingSchema(Schema):
    """A unit's year; each split adds up to the whole."""

    buying_unit_id = fields.UUID(attribute="unit.id")
    unit_name = fields.String(attribute="unit.name")
    year = fields.Integer()
    whole = fields.Nested(SpendingPartSchema)
    months = fields.List(fields.Nested(SpendingPartSchema))
    cooperatives = fields.List(fields.Nested(SpendingPartSchema))
    origins = fields.List(fields.Nested(SpendingPartSchema))
    categories = fields.List(fields.Nested(SpendingPartSchema))
    by_unit = fields.List(fields.Nested(SpendingPartSchema))
    reserved_share = fields.Nested(ReservedShareSchema)
    invoices = fields.Nested(InvoiceStandingSchema, attribute="standing")
    due = fields.Nested(DueSchema)
