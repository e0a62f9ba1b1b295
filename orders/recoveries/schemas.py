"""What applicants say, what they are told, and what an officer sees."""

from marshmallow import fields, validate

from marketplace.fields import FenField, TextField
from marketplace.http import ListQuerySchema, Schema
from marketplace.identity.schemas import CodeField, PhoneField
from orders.recoveries.models import RecoveryState


class RecoveryCodeSchema(Schema):
    """The number that is to open the account: it gets a code."""

    new_phone = PhoneField(required=True)


class SubmitRecoverySchema(Schema):
    """What only the owner knows; the new number proved by the code sent to it."""

    new_phone = PhoneField(required=True)
    code = CodeField(required=True)
    old_phone = PhoneField(required=True)
    recipient_name = TextField(required=True, maximum=40)
    order_numbers = fields.List(
        TextField(maximum=40), required=True, validate=validate.Length(1, 5)
    )
    paid_fen = FenField(load_default=None, allow_none=True, minimum=1)
    story = TextField(minimum=0, maximum=500, load_default="", multiline=True)


class RecoveryNumberSchema(Schema):
    """The application's number, as it was shown when it was sent."""

    recovery_no = TextField(required=True, maximum=40)


class RecoveryStandingSchema(Schema):
    """Where an application stands, for whoever knows its number. No word of any account."""

    recovery_no = fields.String()
    state = fields.Enum(RecoveryState, by_value=True)
    state_name = fields.Function(lambda row: str(row.state.label), metadata={"type": "string"})
    submitted_at = fields.AwareDateTime()
    completes_at = fields.AwareDateTime(allow_none=True)
    answer = fields.String(allow_none=True)


class RecoveryQuerySchema(ListQuerySchema):
    """Which applications."""

    state = fields.Enum(RecoveryState, by_value=True, load_default=None)


class RecoverySchema(RecoveryStandingSchema):
    """An application in the officers' list: nothing of the person."""

    id = fields.UUID()
    account_id = fields.UUID(allow_none=True)
    decided_by = fields.UUID(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    version = fields.Integer()


class RecoveryEvidenceSchema(Schema):
    """What is true of one account of the lost number."""

    account_id = fields.UUID(attribute="account.id")
    has_number_now = fields.Boolean()
    phone_proved_at = fields.AwareDateTime(attribute="account.phone_proved_at", allow_none=True)
    numbers_right = fields.Integer()
    is_recipient_right = fields.Boolean()
    is_amount_right = fields.Boolean()
    is_enough = fields.Boolean()


class RecoveryStatementsSchema(Schema):
    """What the applicant says, the numbers masked."""

    old_phone = fields.String()
    new_phone = fields.String()
    recipient_name = fields.String()
    order_numbers = fields.List(fields.String())
    paid_fen = fields.Integer(allow_none=True)
    story = fields.String()


class ReadRecoverySchema(RecoverySchema):
    """One application with what is said and what of it is true, for the officer who decides."""

    said = fields.Nested(RecoveryStatementsSchema, allow_none=True)
    evidence = fields.List(fields.Nested(RecoveryEvidenceSchema))


class RecoveryPageSchema(Schema):
    """One page of applications, the newest first."""

    items = fields.List(fields.Nested(RecoverySchema))
    next = fields.String(allow_none=True)


class RecoveryReasonSchema(Schema):
    """Why it is refused or stopped; the applicant reads it."""

    reason = TextField(required=True, maximum=200, multiline=True)


class StoppedSchema(Schema):
    """Whether a recovery ran and was stopped."""

    is_stopped = fields.Boolean()
