"""Shapes of notices."""

from marshmallow import fields, validate

from marketplace.fields import IdField, Matches, TextField
from marketplace.http import ListQuerySchema, Schema
from marketplace.language import Text
from marketplace.notices.groups import ALWAYS, Channel, NoticeGroup

_MAIL = r"\A[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z"
_MAIL_EXPECTED = Text(
    "应为邮箱地址，中间有 @，后面是域名", "Enter an e-mail address such as name@example.org"
)


class ListNoticesSchema(ListQuerySchema):
    unread = fields.Boolean(load_default=False)


class NoticeSchema(Schema):
    id = fields.UUID()
    kind = fields.String()
    group = fields.Enum(NoticeGroup, by_value=True, attribute="topic")
    title = fields.Function(lambda notice: str(notice.title), metadata={"type": "string"})
    text = fields.Function(lambda notice: str(notice.text), metadata={"type": "string"})
    link = fields.String()
    made_at = fields.AwareDateTime()
    read_at = fields.AwareDateTime(allow_none=True)


class NoticePageSchema(Schema):
    items = fields.List(fields.Nested(NoticeSchema))
    next = fields.String(allow_none=True)
    unread = fields.Integer()


class ReadNoticesSchema(Schema):
    """``ids`` left out: all of them."""

    ids = fields.List(IdField(), load_default=None, validate=validate.Length(1, 100))


class ChoiceSchema(Schema):
    group = fields.Enum(
        NoticeGroup,
        by_value=True,
        required=True,
        validate=validate.OneOf([one for one in NoticeGroup if one not in ALWAYS]),
    )
    channel = fields.Enum(Channel, by_value=True, required=True)
    is_on = fields.Boolean(required=True, truthy={True}, falsy={False})


class ChoicesSchema(Schema):
    items = fields.List(fields.Nested(ChoiceSchema), required=True, validate=validate.Length(1, 40))


class MailAddressSchema(Schema):
    address = TextField(
        required=True,
        maximum=200,
        validate=Matches(_MAIL, _MAIL_EXPECTED),
    )
