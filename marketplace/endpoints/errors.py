"""The ways in which endpoints fail."""

from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.language import Text


class EndpointNotFound(NotFound):
    title = Text("没有这个推送地址", "There is no such endpoint")


class DeliveryNotFound(NotFound):
    title = Text("没有这条推送记录", "There is no such delivery")


class AddressRefused(Unprocessable):
    """Nothing is sent there; ``fields`` says why beside the address, ``failure`` in the log."""

    title = Text("这个地址不能接收推送", "Nothing is delivered to this address")

    def __init__(self, why: Text, failure: str = "AddressRefused") -> None:
        super().__init__(why, fields={"url": why})
        self.failure = failure


class KindsNotOffered(Unprocessable):
    title = Text("所选事件里有与您无关的", "Some of the chosen events cannot concern you")

    def __init__(self) -> None:
        super().__init__(fields={"kinds": self.title})


class TooManyEndpoints(Conflict):
    title = Text(
        "推送地址已到上限，请先删除不用的",
        "There are as many endpoints as may be; remove one first",
    )


class EndpointNotActive(Conflict):
    title = Text("推送已暂停，请先恢复", "Deliveries are paused; resume them first")
