"""How the catalogue can refuse."""

from marketplace.errors import Conflict, NotFound, Unprocessable
from marketplace.language import Text


class ProductNotFound(NotFound):
    title = Text("没有找到这个产品", "There is no such product")


class SkuNotFound(NotFound):
    title = Text("没有找到这个规格", "There is no such SKU")


class ProductNotEditable(Conflict):
    """Listed products are paused before they change; submitted and withdrawn ones stay."""

    title = Text(
        "产品当前状态不能修改；在售产品请先下架再修改",
        "The product cannot be edited in its present state; pause a listed one first",
    )


class ProductCertified(Conflict):
    """What was certified stays as certified while the certificate lives."""

    title = Text(
        "产品已认定或正在认定，名称、类型、品类和产地不能修改",
        "The product is certified or being certified; name, kind, category and origin stay",
    )


class ListingStepRefused(Conflict):
    """The listing state does not allow this step."""

    title = Text("产品当前状态不能进行这一步", "The product's state does not allow this step")


class SelfReview(Conflict):
    """Whoever submitted may not approve."""

    title = Text("不能审核自己提交的产品", "You cannot review what you submitted yourself")


class ListingIncomplete(Unprocessable):
    """Facts that the law or the shop window asks for are missing; ``fields`` names them."""

    title = Text("产品资料不完整", "The product's facts are not complete")


class SpecTaken(Conflict):
    title = Text("这个产品已有同名规格", "The product already has a SKU of this spec")


class LastSku(Conflict):
    title = Text(
        "在售产品至少保留一个可售规格；请改为下架产品",
        "A listed product keeps at least one SKU on sale; pause the product instead",
    )
