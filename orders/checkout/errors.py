"""The ways in which quoting and placing refuse."""

from collections.abc import Sequence
from typing import Any

from marketplace.errors import Conflict, Unprocessable
from marketplace.language import Text


class NothingToBuy(Unprocessable):
    """Neither lines in the request nor in the cart."""

    title = Text("没有要购买的商品", "There is nothing to buy")

    def __init__(self) -> None:
        super().__init__(fields={"lines": self.title})


class TooManyLines(Unprocessable):
    """A trade holds a bounded number of SKUs."""

    title = Text(
        "一次最多购买 {most} 种商品，请分几次购买",
        "At most {most} different items at once; buy them in parts",
    )

    def __init__(self, most: int) -> None:
        detail = self.title.format(most=most)
        super().__init__(detail, fields={"lines": detail})


class RemarkToNobody(Unprocessable):
    """A remark is for a cooperative that sells nothing of the purchase."""

    title = Text(
        "留言对应的合作社不在这次购买中", "A remark is for a cooperative that sells none of it"
    )

    def __init__(self) -> None:
        super().__init__(fields={"remarks": self.title})


class TradeTooLarge(Unprocessable):
    """The total is beyond any amount that is sold here."""

    title = Text(
        "合计超出一次交易的上限，请分几次购买",
        "The total is beyond what one trade may come to; buy it in parts",
    )

    def __init__(self) -> None:
        super().__init__(fields={"lines": self.title})


class DeliveryRegionUnknown(Unprocessable):
    """Not a county-level region of today."""

    title = Text(
        "收货地区不存在，请选择到县（市、区）", "No such delivery region; choose a county-level one"
    )

    def __init__(self) -> None:
        super().__init__(fields={"ship_to_code": self.title})


class AttributionUnknown(Unprocessable):
    """The chosen region or outlet does not exist, or the choice is incomplete."""

    title = Text("所选的归属不存在或填写不完整", "The chosen attribution is unknown or incomplete")

    def __init__(self, field: str) -> None:
        super().__init__(fields={field: self.title})


class RegionIsWestern(Unprocessable):
    """A purchase counts for the eastern end of a pairing, never for the western one."""

    title = Text(
        "{region}是受帮扶的西部地区，请选择承担任务的东部地区",
        "{region} is a western region that is helped; choose an eastern one that carries a task",
    )

    def __init__(self, region: str) -> None:
        detail = self.title.format(region=region)
        super().__init__(detail, fields={"region_code": detail})


class BuyingUnitNotYours(Unprocessable):
    """The caller does not buy for this unit."""

    title = Text("您不是该单位的采购员", "You do not buy for this unit")

    def __init__(self) -> None:
        super().__init__(fields={"buying_unit_id": self.title})


class BuyingUnitNotChosen(Unprocessable):
    """Somebody who buys for several units, and never has here, must say for which."""

    title = Text(
        "您为多个单位采购，请选择这次为哪个单位采购",
        "You buy for several units; choose the one that this purchase is for",
    )

    def __init__(self) -> None:
        super().__init__(fields={"buying_unit_id": self.title})


class QuoteChanged(Conflict):
    """Price, freight, coupon, stock or attribution is not what the buyer saw.

    ``quote`` is the new one; ``changes`` tells what is different, item by item.
    """

    title = Text(
        "商品、价格或运费与刚才看到的不同，没有下单，请核对后再提交",
        "Goods, prices or freight are not as shown, and nothing was placed; check and send it again",
    )

    def __init__(
        self,
        quote: dict[str, Any],
        changes: Sequence[dict[str, Any]] = (),
        told: Sequence[Text] = (),
    ) -> None:
        detail = None
        if told:
            detail = Text("；".join(one.zh for one in told), "; ".join(one.en for one in told))
        super().__init__(detail, quote=quote, changes=list(changes))
        self.told = list(told)


class PaymentUndecided(Conflict):
    """The provider cannot say yet whether the money moved."""

    title = Text("付款结果确认中，请稍后再试", "The payment is being confirmed; try again shortly")
