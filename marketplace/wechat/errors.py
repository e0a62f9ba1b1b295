"""The ways a sign-in by WeChat can fail, said as a clerk would."""

from marketplace.errors import (
    Conflict,
    Forbidden,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    Unprocessable,
)
from marketplace.language import Text


class WechatNotOffered(NotFound):
    """No mini-program is configured here."""

    title = Text(
        "本站没有开通微信登录，请用手机号码和验证码登录",
        "Signing in by WeChat is not offered here; please use your mobile number and a code",
    )


class WechatCodeRefused(Unauthenticated):
    """The code of ``wx.login`` is wrong, older than five minutes, or was used."""

    title = Text(
        "微信登录凭证已失效，请返回小程序重新点“微信登录”",
        "WeChat's sign-in code is no longer good; please tap “Sign in” in the mini-program again",
    )


class WechatPhoneCodeRefused(Unauthenticated):
    """The code for the telephone number is wrong, older than five minutes, or was used."""

    title = Text(
        "没能从微信取得手机号码，请重新点“手机号登录”并同意",
        "WeChat did not give the mobile number; please tap the button again and agree",
    )


class WechatBlocked(Forbidden):
    """WeChat holds this user for a risk and lets nobody sign in as them."""

    title = Text(
        "微信提示这个账号有安全风险，暂时不能用微信登录；请改用手机验证码登录",
        "WeChat reports a risk with this user; please sign in by a code to your mobile number",
    )


class WechatTooOften(TooManyRequests):
    """WeChat counts too many calls for this user or this mini-program."""

    title = Text(
        "微信登录太频繁，请过一分钟再试", "Too many sign-ins by WeChat; please wait a minute"
    )


class WechatUnavailable(Unavailable):
    """WeChat does not answer, not in its own words, or not to us."""

    title = Text(
        "微信暂时没有应答，请稍后再试，或改用手机验证码登录",
        "WeChat does not answer now; please try later, or sign in by a code to your mobile number",
    )


class PhoneNotMainland(Unprocessable):
    """The number that WeChat gave is of another country or region."""

    title = Text(
        "目前只支持中国大陆的手机号码", "Only mobile numbers of mainland China can be used"
    )


class PhoneNeeded(Unauthenticated):
    """WeChat says who it is; which telephone number is theirs is still to be told."""

    title = Text(
        "第一次用微信登录，请先授权手机号码",
        "This is your first sign-in by WeChat: please share your mobile number",
    )


class PhoneCodeNeeded(Unauthenticated):
    """The number has an account with something in it: who holds the number now is proved by a code."""

    title = Text(
        "这个手机号码已有账号，为确认是您本人，请输入发到手机的验证码",
        "This number has an account; to confirm that it is you, enter the code sent to it",
    )


class TicketOver(Unauthenticated):
    """The sign-in was finished, or took longer than ten minutes."""

    title = Text("登录已超时，请重新点“微信登录”", "This took too long; please sign in again")


class WechatBoundElsewhere(Conflict):
    """This WeChat user signs in to another account."""

    title = Text(
        "这个微信已绑定另一个账号；请先用微信登录那个账号并解绑",
        "This WeChat user is bound to another account; sign in to it and unbind first",
    )


class AccountHasWechat(Conflict):
    """The account belongs to another WeChat user."""

    title = Text(
        "这个账号已绑定另一个微信；请用手机验证码登录，在“我的账号—微信登录”中解绑后再试",
        "This account is bound to another WeChat user; sign in by a code and unbind it first",
    )


class LastDoor(Conflict):
    """Without WeChat nobody could sign in to this account any more."""

    title = Text(
        "账号没有手机号码，解绑后将无法登录；请先绑定手机号码",
        "The account has no mobile number, so nobody could sign in any more; add one first",
    )
