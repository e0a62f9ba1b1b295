"""Runs and differences as the API takes and tells them."""

from marshmallow import fields, validate

from marketplace.fields import IdField, TextField
from marketplace.http import ListQuerySchema, Schema
from orders.reconciliation.kinds import DifferenceKind
from orders.reconciliation.models import DifferenceState, Item, RunStage, RunState, Step
from orders.reconciliation.standing import Standing

ITEMS_OUT = (Item.PAYOUT, Item.BANK_REFUND, Item.REFUND_SETTLEMENT)


class StartReconciliationSchema(Schema):
    """Which day of which channel; the day must be over in Shanghai."""

    channel = TextField(
        required=True, maximum=40, metadata={"description": "A provider, bank or pay_later"}
    )
    day = fields.Date(required=True)


class ReconciliationRunSchema(Schema):
    """A channel's day: both sides' sums in fen, and how it stands. Only ``green`` is agreed."""

    id = fields.UUID(attribute="run.id")
    channel = fields.String(attribute="run.channel")
    day = fields.Date(attribute="run.day")
    standing = fields.Enum(Standing, by_value=True)
    state = fields.Enum(RunState, by_value=True, attribute="run.state")
    stage = fields.Enum(RunStage, by_value=True, attribute="run.stage")
    failure = fields.String(attribute="run.failure", allow_none=True)
    rounds = fields.Integer(attribute="run.rounds")
    read = fields.Integer(attribute="run.read", metadata={"description": "Movements read so far"})
    compared = fields.Integer(attribute="run.compared")
    provider_fen = fields.Integer(attribute="run.provider_fen")
    booked_fen = fields.Integer(attribute="run.booked_fen")
    open = fields.Integer(metadata={"description": "Differences that need somebody"})
    open_fen = fields.Integer()
    closed = fields.Integer(metadata={"description": "Differences that a person closed"})
    closed_fen = fields.Integer()
    started_at = fields.AwareDateTime(attribute="run.started_at")
    finished_at = fields.AwareDateTime(attribute="run.finished_at", allow_none=True)


class ReconciliationRunPageSchema(Schema):
    """One page of runs."""

    items = fields.List(fields.Nested(ReconciliationRunSchema))
    next = fields.String(allow_none=True)


class ReconciliationRunQuerySchema(ListQuerySchema):
    """Which runs."""

    channel = TextField(load_default=None, maximum=40)


class ReconciliationDifferenceQuerySchema(ListQuerySchema):
    """Which differences of a run."""

    state = fields.Enum(DifferenceState, by_value=True, load_default=None)


class ReconciliationDifferenceSchema(Schema):
    """On what the sides disagree, and why it most likely is so, in the caller's language.

    Amounts are in the smallest unit of the currency; null: that side knows nothing of it.
    """

    id = fields.UUID(attribute="it.id")
    run_id = fields.UUID(attribute="it.run_id")
    item = fields.Enum(Item, by_value=True, attribute="it.item")
    subject_id = fields.UUID(attribute="it.subject_id")
    subject = fields.String(attribute="subject.number")
    kind = fields.Enum(DifferenceKind, by_value=True, attribute="it.kind")
    title = fields.String()
    likely_cause = fields.String(attribute="cause")
    state = fields.Enum(DifferenceState, by_value=True, attribute="it.state")
    currency = fields.String(attribute="it.currency")
    provider_amount = fields.Integer(attribute="it.provider_amount", allow_none=True)
    recorded_amount = fields.Integer(attribute="it.recorded_amount", allow_none=True)
    booked_amount = fields.Integer(attribute="it.booked_amount", allow_none=True)
    gap_fen = fields.Integer(attribute="it.gap_fen")
    version = fields.Integer(attribute="it.version")
    found_at = fields.AwareDateTime(attribute="it.found_at")
    closed_at = fields.AwareDateTime(attribute="it.closed_at", allow_none=True)
    reason = fields.String(attribute="it.reason", allow_none=True)


class ReconciliationDifferencePageSchema(Schema):
    """One page of differences."""

    items = fields.List(fields.Nested(ReconciliationDifferenceSchema))
    next = fields.String(allow_none=True)


class ReconciliationStepSchema(Schema):
    """What happened to a difference, and what was known then."""

    step = fields.Enum(Step, by_value=True)
    kind = fields.Enum(DifferenceKind, by_value=True)
    provider_amount = fields.Integer(allow_none=True)
    recorded_amount = fields.Integer(allow_none=True)
    booked_amount = fields.Integer(allow_none=True)
    taken_by = fields.UUID(allow_none=True)
    reason = fields.String(allow_none=True)
    at = fields.AwareDateTime()


class WholeReconciliationDifferenceSchema(ReconciliationDifferenceSchema):
    """A difference with its history."""

    steps = fields.List(fields.Nested(ReconciliationStepSchema))


class CloseDifferenceSchema(Schema):
    """Why it is as it is; ``version`` is the one that was looked at."""

    reason = TextField(required=True, minimum=4, maximum=500)
    version = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))


class MatchOutgoingSchema(Schema):
    """Which payment of ours an outgoing bank entry was."""

    item = fields.Enum(Item, by_value=True, required=True, validate=validate.OneOf(ITEMS_OUT))
    subject_id = IdField(required=True)
