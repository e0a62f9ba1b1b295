"""Papers as PDF: the contract and the acceptance note, the same bytes for the same content."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from marketplace.money import yuan
from marketplace.papers import Side, begin_paper
from orders.papers.contents import Content
from orders.papers.models import PaperKind

if TYPE_CHECKING:
    from marketplace.typesetting import Paper

_LEFT: Side = "LEFT"
_RIGHT: Side = "RIGHT"


def write_pdf(
    content: Content, *, code: str, content_hash: bytes, made_at: datetime, check_url: str
) -> bytes:
    """Set a content as a paper; ``check_url`` is where anybody checks it by its code."""
    kind = PaperKind(content["kind"])
    paper = begin_paper(
        kind.label.zh,
        made_at=made_at,
        footer=f"{content['paper_no']} · 核验码 {code} · {check_url}",
    )
    paper.add_particulars(_head(kind, content))
    _add_parties(paper, content)
    if kind is PaperKind.CONTRACT:
        _add_agreed(paper, content)
    else:
        _add_accepted(paper, content)
    _add_origins(paper, content)
    _add_delivery(paper, content)
    _add_pairings(paper, content)
    paper.add_heading("核验")
    digest = content_hash.hex()
    paper.add_particulars([("核验码", code), ("内容校验值", f"{digest[:32]}\n{digest[32:]}")])
    paper.add_note(
        "本单据由平台按订单记录生成，内容自生成时固定。"
        f"凭核验码可在 {check_url} 核对编号、双方名称和金额。"
    )
    return paper.close_up()


def _head(kind: PaperKind, content: Content) -> list[tuple[str, str]]:
    days = [("下单", content["agreed_on"]), ("付款", content["paid_on"])]
    if kind is PaperKind.ACCEPTANCE:
        days += [("发货", content["shipped_on"]), ("验收", content["accepted_on"])]
    return [
        ("合同编号" if kind is PaperKind.CONTRACT else "验收单编号", content["paper_no"]),
        ("订单编号", content["order_no"]),
        ("日期", "　".join(f"{label} {day}" for label, day in days if day)),
        # Papers made before goods came first say nothing of it.
        (
            "付款方式",
            "先货后款，按平台约定的期限支付" if content.get("goods_first") else "先款后货",
        ),
    ]


def _add_parties(paper: "Paper", content: Content) -> None:
    seller, buyer = content["seller"], content["buyer"]
    registered = f"统一社会信用代码 {seller['credit_code']}" if seller["credit_code"] else ""
    paper.add_heading("双方")
    paper.add_particulars(
        [
            (
                "供货方",
                f"{seller['name']}（{seller['kind']}）\n{registered or '依法无需办理登记'}",
            ),
            ("采购单位", f"{buyer['name']}\n统一社会信用代码 {buyer['credit_code']}"),
        ]
    )


def _add_agreed(paper: "Paper", content: Content) -> None:
    paper.add_heading("采购内容（金额单位：元）")
    head = ("品名", "规格", "单位", "数量", "单价", "金额", "优惠", "实付")
    rows = [
        (line["name"], line["spec"], line["unit"], str(line["quantity"]), yuan(line["price_fen"]),
         yuan(line["amount_fen"]), yuan(line["discount_fen"]), yuan(line["net_fen"]))
        for line in content["lines"]
    ]  # fmt: skip
    sides = (_LEFT, _LEFT, _LEFT, _RIGHT, _RIGHT, _RIGHT, _RIGHT, _RIGHT)
    paper.add_table([head, *rows], (36, 26, 12, 14, 22, 24, 20, 24), sides)
    totals = [("货款", yuan(content["goods_fen"]))]
    if content["discount_fen"]:
        totals.append(("优惠", f"-{yuan(content['discount_fen'])}"))
    totals.append(("运费", yuan(content["freight_fen"])))
    paper.add_particulars([*totals, *_total("合同金额", content)])


def _add_accepted(paper: "Paper", content: Content) -> None:
    paper.add_heading("验收内容（金额单位：元）")
    head = ("品名", "规格", "单位", "订购", "发出", "验收", "单价", "验收金额")
    rows = [
        (line["name"], line["spec"], line["unit"], str(line["quantity"]),
         str(line["shipped_quantity"]), str(line["accepted_quantity"]), yuan(line["price_fen"]),
         yuan(line["accepted_fen"]))
        for line in content["lines"]
    ]  # fmt: skip
    sides = (_LEFT, _LEFT, _LEFT, _RIGHT, _RIGHT, _RIGHT, _RIGHT, _RIGHT)
    paper.add_table([head, *rows], (38, 28, 12, 16, 16, 16, 24, 28), sides)
    paper.add_particulars(
        [("运费", yuan(content["freight_fen"])), *_total("验收金额（含运费）", content)]
    )
    parcels = [(one["courier"], one["waybill_no"], one["shipped_on"]) for one in content["parcels"]]
    if parcels:
        paper.add_heading("物流")
        paper.add_table(
            [("快递公司", "运单号", "发货日期"), *parcels], (50, 80, 48), (_LEFT, _LEFT, _LEFT)
        )


def _total(label: str, content: Content) -> list[tuple[str, str]]:
    return [
        (label, yuan(content["total_fen"])),
        ("大写", f"人民币{content['total_in_capitals']}"),
    ]


def _add_origins(paper: "Paper", content: Content) -> None:
    paper.add_heading("产地与帮扶产品认定")
    rows: list[Sequence[Any]] = [
        (line["name"], line["origin"] or "未登记", line["certificate_no"] or "无",
         line["certificate_valid_to"] or "—")
        for line in content["lines"]
    ]  # fmt: skip
    head = ("品名", "产地", "认定编号", "认定有效期至")
    paper.add_table([head, *rows], (42, 66, 44, 26), (_LEFT, _LEFT, _LEFT, _LEFT))


def _add_delivery(paper: "Paper", content: Content) -> None:
    delivery = content["delivery"]
    paper.add_heading("交货")
    paper.add_particulars(
        [
            ("交货地点", f"{delivery['region']} {delivery['address']}"),
            ("收货人", f"{delivery['recipient']} {delivery['phone']}"),
        ]
    )


def _add_pairings(paper: "Paper", content: Content) -> None:
    """Say which pairing the purchase counts for, or that it counts for none."""
    paper.add_heading("计入的结对任务")
    if not content["pairings"]:
        paper.add_note("下单时判定：本单不计入任何结对任务。")
        return
    for pairing in content["pairings"]:
        document = f"，{pairing['document']}" if pairing["document"] else ""
        words = f"{pairing['east']} 与 {pairing['west']}（{pairing['relation']}{document}）"
        paper.add_particulars([("结对", words)])
