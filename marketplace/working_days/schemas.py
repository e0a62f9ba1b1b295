"""Working days in and out."""

from datetime import date

from marshmallow import ValidationError, fields, validate, validates

from marketplace.fields import TextField
from marketplace.http import Schema
from marketplace.language import Text
from marketplace.working_days.models import DayKind

# Years that notices, and dates, may sensibly name.
EARLIEST, LATEST = 2000, 2199
_YEARS = Text("日期应在 {first} 年到 {last} 年之间", "A date from {first} to {last}").format(
    first=EARLIEST, last=LATEST
)


class DaysQuerySchema(Schema):
    """Which year; none given: this one."""

    year = fields.Integer(load_default=None, validate=validate.Range(EARLIEST, LATEST))


class SetDaysSchema(Schema):
    """What each day of a span is, by which notice."""

    first_on = fields.Date(required=True)
    last_on = fields.Date(required=True)
    kind = fields.Enum(DayKind, by_value=True, required=True)
    name = TextField(required=True, maximum=40)
    document = TextField(required=True, maximum=100)

    @validates("first_on")
    @validates("last_on")
    def _check_year(self, value: date, **_: object) -> None:
        if not EARLIEST <= value.year <= LATEST:
            raise ValidationError([_YEARS])


class SpecialDaySchema(Schema):
    """A day that is not what its weekday says."""

    day = fields.Date()
    kind = fields.Enum(DayKind, by_value=True)
    name = fields.String()
    document = fields.String()


class SpecialDaysSchema(Schema):
    """The special days of a year; all others are what their weekday says."""

    year = fields.Integer()
    items = fields.List(fields.Nested(SpecialDaySchema))
