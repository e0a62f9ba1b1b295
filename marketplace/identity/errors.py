"""The ways identity can fail."""

from marketplace.errors import (
    Conflict,
    Forbidden,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    Unprocessable,
)
from marketplace.language import Text


class SignInRefused(Unauthenticated):
    """What was given proves nobody: one answer for every cause, so that nothing can be told apart."""

    title = Text("登录失败，请核对后重试", "Sign-in failed; please check and try again")


class TotpRequired(Unauthenticated):
    """The password is right; the second factor is missing."""

    title = Text("请输入动态口令", "Please enter the code of your authenticator")


class SecondQuestion(Unauthenticated):
    """The number was silent for so long that it may be another person's by now."""

    title = Text(
        "这个号码很久没有登录，请再确认是您本人",
        "This number has not signed in for long; please confirm that it is you",
    )


class QuestionOver(Unauthenticated):
    """The second question was answered, or is too old: begin again with a new code."""

    title = Text("已超时，请重新获取验证码", "This took too long; ask for a new code")


class AnswerRefused(Unauthenticated):
    """What was answered is not known here: one answer for a wrong name and a wrong number."""

    title = Text("核对不上，请检查后再试", "That does not match; please check and try again")


class TooManyAttempts(TooManyRequests):
    """Too many failures for this name or from this address."""

    title = Text("尝试次数过多，请稍后再试", "Too many attempts; please try again later")


class CodeRequestedTooOften(TooManyRequests):
    """A phone or an address asked for codes too often."""

    title = Text("验证码发送太频繁，请稍后再试", "Codes were requested too often; please try later")


class CodeNotSent(Unavailable):
    """The sender of codes did not take the message."""

    title = Text("验证码暂时无法发送，请稍后再试", "The code cannot be sent now; please try later")


class PasswordTooWeak(Unprocessable):
    """A new password is short, common or easily guessed."""

    title = Text("密码不符合要求", "The password is not acceptable")


class OldPasswordWrong(Unprocessable):
    """A new password is set by whoever knows the old one."""

    title = Text("原密码不正确", "The old password is wrong")


class LoginNameTaken(Conflict):
    """Another account uses this login name."""

    title = Text("该登录名已被使用", "This login name is taken")


class PhoneTaken(Conflict):
    """Another account uses this phone number."""

    title = Text("该手机号码已有账号", "This mobile number has an account already")


class StepUpRequired(Forbidden):
    """Approvals need a second factor shown within the last ten minutes."""

    title = Text("请先用动态口令确认身份", "Please confirm with the code of your authenticator")


class TotpNotEnrolled(Forbidden):
    """Staff without a second factor cannot approve."""

    title = Text("请先绑定动态口令", "Please set up an authenticator first")


class CodeRefused(Unprocessable):
    """The one-time code is wrong, old, used, or was made for something else."""

    title = Text("验证码不正确或已过期", "The code is wrong or has expired")


class TotpRefused(Unprocessable):
    """The six digits are wrong, old, or used already."""

    title = Text("动态口令不正确或已使用", "The authenticator's code is wrong or was used already")


class FreshSignInRequired(Forbidden):
    """Changing how one signs in needs a recent proof of who one is."""

    title = Text("请重新登录后再操作", "Please sign in again before doing this")


class SelfGrantRefused(Forbidden):
    """Nobody gives a role to oneself."""

    title = Text("不能给自己授予角色", "You cannot grant a role to yourself")


class GrantNotAllowed(Forbidden):
    """This role is granted by somebody else."""

    title = Text("您不能授予或撤销这个角色", "You may not grant or revoke this role")


class MembershipExists(Conflict):
    """The account already holds this role here."""

    title = Text("该账号已拥有此角色", "The account already holds this role")


class LastAdministrator(Conflict):
    """The platform must keep one administrator."""

    title = Text("至少要保留一名平台管理员", "At least one platform administrator must remain")


class ScopeMismatch(Unprocessable):
    """A platform role has no scope; every other role has one."""

    title = Text(
        "平台角色不填范围，其他角色须指明范围", "Platform roles have no scope; others need one"
    )
