"""How things fail: problems with a stable code, said in Chinese and English (RFC 9457)."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from marketplace.language import Text


class Problem(Exception):
    """A failure that the caller is told about.

    Subclasses state the fact in their name; the public ``code`` is that name in snake case and
    permanent. ``fields`` names the inputs at fault; ``extra`` holds further public members.
    """

    status: ClassVar[int] = 400
    title: ClassVar[Text] = Text("请求无法处理", "The request cannot be processed")

    def __init__(
        self,
        detail: Text | None = None,
        *,
        fields: Mapping[str, Text] | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail.en if detail else self.title.en)
        self.detail = detail
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})
        self.extra = extra

    @property
    def code(self) -> str:
        """The stable machine-readable name of this failure."""
        return snake_case(type(self).__name__)


def snake_case(name: str) -> str:
    """``RefundExceedsBalance`` → ``refund_exceeds_balance``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class BadRequest(Problem):
    """The request itself cannot be read."""


class Unauthenticated(Problem):
    """Nobody is signed in."""

    status = 401
    title = Text("请先登录", "Please sign in first")


class Forbidden(Problem):
    """Signed in, but not allowed."""

    status = 403
    title = Text("您没有进行此操作的权限", "You are not allowed to do this")


class NotFound(Problem):
    """No such thing, or it is not yours to see."""

    status = 404
    title = Text("没有找到您要的内容", "What you asked for was not found")


class Conflict(Problem):
    """The state of things does not allow it."""

    status = 409
    title = Text("当前状态不允许此操作", "The current state does not allow this")


class PreconditionFailed(Problem):
    """Somebody else changed it in between."""

    status = 412
    title = Text(
        "内容已被他人修改，请刷新后再试", "It was changed by somebody else; reload and try again"
    )


class PreconditionRequired(Problem):
    """An edit of shared content must say which version it edits."""

    status = 428
    title = Text("请带上 If-Match 请求头后再提交修改", "Send an If-Match header with this change")


class PayloadTooLarge(Problem):
    """The body or file is over the limit."""

    status = 413
    title = Text("上传的内容太大", "The upload is too large")


class UnsupportedMediaType(Problem):
    """The body's type is not one that is read here."""

    status = 415
    title = Text("不支持这种内容类型", "This content type is not supported")


class Unprocessable(Problem):
    """Readable, but a value is not acceptable."""

    status = 422
    title = Text("提交的内容有误", "The submitted content is not valid")


class TooManyRequests(Problem):
    """Too often; wait."""

    status = 429
    title = Text("操作太频繁，请稍后再试", "Too many requests; please try again later")


class Unavailable(Problem):
    """The service cannot do it now; nothing was changed."""

    status = 503
    title = Text("系统暂时繁忙，请稍后再试", "The service is busy; please try again shortly")
