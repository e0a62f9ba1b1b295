"""The ways notices can fail."""

from marketplace.errors import NotFound, TooManyRequests, Unavailable
from marketplace.language import Text


class MailLinkOver(NotFound):
    """The link is older than a day, was used, or another one was asked for since."""

    title = Text(
        "链接已失效，请登录后在“消息设置”里重新发送",
        "This link is no longer good; sign in and send another one under “Notices”",
    )


class MessageNotFound(NotFound):
    """A message is forgotten after half a year."""

    title = Text("没有这条消息", "There is no such message")


class MailAskedTooOften(TooManyRequests):
    """Several links were sent within a day already."""

    title = Text(
        "确认邮件发得太频繁，请明天再试", "Too many confirmation e-mails; please try tomorrow"
    )


class MailNotOffered(NotFound):
    """No mail server is configured here."""

    title = Text("本站没有开通邮件通知", "This site sends no e-mail")


class MailNotTaken(Unavailable):
    """The mail server did not take the confirmation."""

    title = Text(
        "确认邮件暂时发不出去，请检查邮箱地址，或稍后再试",
        "The confirmation could not be sent; please check the address or try later",
    )


class UnsubscribeLinkWrong(NotFound):
    """The link was cut off or altered."""

    title = Text(
        "退订链接不完整，请从邮件里重新打开，或登录后在“消息设置”里关闭",
        "The link is not complete; open it from the e-mail again, or sign in and choose there",
    )
