"""Shapes of WeChat sign-in."""

from marshmallow import fields

from marketplace.fields import TextField
from marketplace.http import Schema
from marketplace.identity.schemas import CodeField, PhoneField


class SignInByWechatSchema(Schema):
    """The code of ``wx.login``; and, at a first sign-in, that of the telephone number's button."""

    code = TextField(required=True, maximum=200)
    phone_code = TextField(maximum=200, load_default=None)


class GiveWechatPhoneSchema(Schema):
    ticket = TextField(required=True, maximum=100)
    phone_code = TextField(required=True, maximum=200)


class RequestWechatCodeSchema(Schema):
    """``phone``: a number typed by the person; left out, the one that WeChat gave."""

    ticket = TextField(required=True, maximum=100)
    phone = PhoneField(load_default=None)


class ProveWechatPhoneSchema(Schema):
    ticket = TextField(required=True, maximum=100)
    code = CodeField(required=True)


class BindWechatSchema(Schema):
    code = TextField(required=True, maximum=200)


class WechatSchema(Schema):
    """Whether one's own account is bound to a WeChat user; who that is, is told to nobody."""

    bound_at = fields.AwareDateTime(allow_none=True)
