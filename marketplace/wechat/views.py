"""The JSON API of WeChat sign-in, called by the mini-program."""

from typing import Any

from marketplace.http import ApiBlueprint, requires
from marketplace.identity.actor import current_actor
from marketplace.identity.schemas import TokenSchema
from marketplace.identity.sessions import OpenedSession
from marketplace.permissions import Permission
from marketplace.wechat import doors, queries
from marketplace.wechat.models import WechatBinding
from marketplace.wechat.schemas import (
    BindWechatSchema,
    GiveWechatPhoneSchema,
    ProveWechatPhoneSchema,
    RequestWechatCodeSchema,
    SignInByWechatSchema,
    WechatSchema,
)

blp = ApiBlueprint("wechat", __name__, url_prefix="/api/v1", description="微信小程序登录")


@blp.route("/sign-in/wechat", methods=["POST"])
@requires(Permission.PUBLIC)
@blp.arguments(SignInByWechatSchema)
@blp.response(201, TokenSchema)
def sign_in_by_wechat(command: dict[str, Any]) -> OpenedSession:
    """Exchange a code of ``wx.login`` for a bearer token.

    The first time, 401 ``phone_needed`` carries a ``ticket`` for the operations below.
    """
    return doors.enter(**command)


@blp.route("/sign-in/wechat/phone", methods=["POST"])
@requires(Permission.PUBLIC)
@blp.arguments(GiveWechatPhoneSchema)
@blp.response(201, TokenSchema)
def give_wechat_phone(command: dict[str, Any]) -> OpenedSession:
    """Sign in with the telephone number that the person shared in the mini-program.

    Where the number's account holds something, 401 ``phone_code_needed``: go on with a code to it.
    """
    return doors.take_phone(**command)


@blp.route("/sign-in/wechat/codes", methods=["POST"])
@requires(Permission.PUBLIC)
@blp.arguments(RequestWechatCodeSchema)
@blp.response(202)
def request_wechat_code(command: dict[str, Any]) -> None:
    """Send a one-time code to the number of a sign-in under way."""
    doors.send_code(**command)


@blp.route("/sign-in/wechat/code", methods=["POST"])
@requires(Permission.PUBLIC)
@blp.arguments(ProveWechatPhoneSchema)
@blp.response(201, TokenSchema)
def prove_wechat_phone(command: dict[str, Any]) -> OpenedSession:
    """Sign in by the code sent to the number, and bind WeChat to its account.

    A number silent for 90 days: 401 ``second_question``, answered as without WeChat; then bind.
    """
    return doors.take_code(**command)


@blp.route("/me/wechat")
@requires(Permission.ACCOUNT_SELF)
@blp.response(200, WechatSchema)
def get_my_wechat() -> dict[str, Any]:
    """Tell whether WeChat is bound to one's own account."""
    binding = queries.find_binding_of(current_actor().account_id)
    return {"bound_at": None if binding is None else binding.bound_at}


@blp.route("/me/wechat", methods=["PUT"])
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(BindWechatSchema)
@blp.response(200, WechatSchema)
def bind_wechat(command: dict[str, Any]) -> WechatBinding:
    """Bind the WeChat user of a code of ``wx.login`` to one's own account."""
    return doors.bind_own(**command)


@blp.route("/me/wechat", methods=["DELETE"])
@requires(Permission.ACCOUNT_SELF)
@blp.response(204)
def unbind_wechat() -> None:
    """Take WeChat away from one's own account; its other sessions end."""
    doors.unbind_own()
