"""The rhythm of settlement in and out."""

from marshmallow import fields

from marketplace.http import Schema
from orders.settlement_schedules.models import Rhythm


class SetScheduleSchema(Schema):
    """In which rhythm windows close by themselves, from which day on."""

    rhythm = fields.Enum(Rhythm, by_value=True, required=True)
    valid_from = fields.Date(required=True)


class ScheduleSchema(Schema):
    """A rhythm and the day from which it holds."""

    id = fields.UUID()
    rhythm = fields.Enum(Rhythm, by_value=True)
    valid_from = fields.Date()
    set_at = fields.DateTime()


class SchedulesSchema(Schema):
    """The rhythms set so far, and the next day on which a run starts by itself."""

    items = fields.List(fields.Nested(ScheduleSchema))
    next_run_on = fields.Date(allow_none=True)
