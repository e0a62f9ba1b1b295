"""Shapes of identity: commands in, nouns out."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from marketplace.fields import IdField, Matches, TextField
from marketplace.http import ListQuerySchema, Schema
from marketplace.identity.passwords import LONGEST
from marketplace.language import Text
from marketplace.permissions import SCOPE_OF_ROLE, Role, ScopeKind

_SEPARATORS = re.compile(r"[\s-]")
_SIX_DIGITS = r"\A[0-9]{6}\Z"
_MOBILE = Text(
    "应为 11 位手机号码，如 13800000000", "Enter a mobile number of 11 digits such as 13800000000"
)
_CODE = Text("应为 6 位数字", "Enter the six digits")
_LOGIN_NAME = Text(
    "登录名只能用字母、数字、点、横线和下划线",
    "A login name has letters, digits, dots, dashes and underscores only",
)
_ONE_ACCOUNT = Text(
    "账号编号和手机号码须填且只填一项", "Give either account_id or phone, and only one of them"
)


class PhoneField(fields.String):
    """A mobile number of mainland China: eleven digits; ``+86``, blanks and dashes are dropped."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        phone = _SEPARATORS.sub("", super()._deserialize(value, attr, data, **kwargs)[:40])
        phone = phone.removeprefix("+86")
        if not re.fullmatch(r"1[3-9][0-9]{9}", phone, re.ASCII):
            raise ValidationError([_MOBILE])
        return phone


class CodeField(fields.String):
    """Six digits that somebody reads from a message or an authenticator."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=Matches(_SIX_DIGITS, _CODE), **kwargs)


class PasswordField(fields.String):
    """A password as it was typed: nothing is trimmed, nothing is cut off."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(1, LONGEST), load_only=True, **kwargs)


class LoginNameField(TextField):
    """A staff login name: letters, digits, dot, dash and underscore; case does not matter."""

    def __init__(self, **kwargs: Any) -> None:
        pattern = Matches(r"\A[A-Za-z0-9._-]+\Z", _LOGIN_NAME)
        super().__init__(minimum=2, maximum=60, validate=pattern, **kwargs)


class RequestCodeSchema(Schema):
    phone = PhoneField(required=True)


class ProvePhoneSchema(Schema):
    phone = PhoneField(required=True)
    code = CodeField(required=True)


class AnswerQuestionSchema(Schema):
    """The second question after a long silence: whom an order went to, and its number (or, with
    an authenticator, its code).
    """

    question = TextField(required=True, maximum=100)
    name = TextField(minimum=0, maximum=40, load_default="")
    number = TextField(required=True, maximum=40)


class StartAfreshSchema(Schema):
    """Leave the silent account alone; begin a new one under this number."""

    question = TextField(required=True, maximum=100)


class ChangePhoneSchema(ProvePhoneSchema):
    """A new number with the code sent to it, and the code sent to the old number."""

    old_code = CodeField(load_default=None)


class SignInByPasswordSchema(Schema):
    login_name = TextField(required=True, maximum=60)
    password = PasswordField(required=True)
    totp_code = CodeField(load_default=None)


class TokenSchema(Schema):
    """A new bearer token: shown once, sent as ``Authorization: Bearer …``."""

    token = fields.String()
    session_id = fields.UUID(attribute="session.id")
    expires_at = fields.AwareDateTime(attribute="session.expires_at")


class TotpCodeSchema(Schema):
    code = CodeField(required=True)


class EnrolmentSchema(Schema):
    """A new authenticator's secret: shown once, and in force after a code of it was seen."""

    secret = fields.String()
    uri = fields.String()


class ChangePasswordSchema(Schema):
    old_password = PasswordField(required=True)
    new_password = PasswordField(required=True)


class CreateStaffAccountSchema(Schema):
    login_name = LoginNameField(required=True)
    password = PasswordField(required=True)
    phone = PhoneField(load_default=None)


class UpdateMeSchema(Schema):
    language = fields.String(required=True, validate=validate.OneOf(("zh", "en")))


class MembershipSchema(Schema):
    id = fields.UUID()
    account_id = fields.UUID()
    role = fields.Enum(Role, by_value=True)
    scope_kind = fields.Enum(ScopeKind, by_value=True)
    scope_id = fields.UUID(allow_none=True)
    granted_by = fields.UUID(allow_none=True)
    granted_at = fields.AwareDateTime()


class MembershipPageSchema(Schema):
    items = fields.List(fields.Nested(MembershipSchema))
    next = fields.String(allow_none=True)


class GrantMembershipSchema(Schema):
    """Whom (by account, or by phone: the account is made if there is none), what, and where."""

    account_id = IdField(load_default=None)
    phone = PhoneField(load_default=None)
    role = fields.Enum(
        Role, by_value=True, required=True, validate=validate.OneOf(tuple(SCOPE_OF_ROLE))
    )
    scope_id = IdField(load_default=None, allow_none=True)

    @validates_schema
    def _name_one_account(self, data: dict[str, Any], **kwargs: Any) -> None:
        if (data["account_id"] is None) == (data["phone"] is None):
            raise ValidationError([_ONE_ACCOUNT], "account_id")


class ListMembershipsSchema(ListQuerySchema):
    scope_kind = fields.Enum(ScopeKind, by_value=True, load_default=None)
    scope_id = IdField(load_default=None)


class AccountSchema(Schema):
    id = fields.UUID()
    state = fields.String()
    language = fields.String()
    phone = fields.String(attribute="phone_masked", allow_none=True)
    login_name = fields.String(allow_none=True)
    has_totp = fields.Boolean()
    created_at = fields.AwareDateTime()


class MeSchema(Schema):
    """Oneself: the account, its roles, and what they allow."""

    account = fields.Nested(AccountSchema)
    memberships = fields.List(fields.Nested(MembershipSchema))
    permissions = fields.List(fields.String())
    stepped_up_until = fields.AwareDateTime(allow_none=True)


class SessionSchema(Schema):
    id = fields.UUID()
    kind = fields.String()
    user_agent = fields.String()
    created_at = fields.AwareDateTime()
    last_used_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()


class SessionListSchema(Schema):
    items = fields.List(fields.Nested(SessionSchema))
    current_id = fields.UUID()
