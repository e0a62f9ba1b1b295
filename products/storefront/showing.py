"""How pairings and products are put into words and drawings for the shop window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.language import Text
from marketplace.money import yuan
from partners.pairings.book import PairingEntry
from partners.pairings.models import Relation
from partners.regions.queries import tree
from products.listings.queries import ListedCertificate, ListedSku, ProductCard, ProductDetail
from products.offers.models import BuyerLimit, PriceStep
from products.offers.wording import say_limit, say_step
from products.storefront.drawings import drawing_of
from products.storefront.flow import Flow, Link, draw

_TONES = {
    Relation.EAST_WEST_COOPERATION: "",
    Relation.COUNTERPART_SUPPORT: "support",
    Relation.COUNTERPART_COOPERATION: "exchange",
}
KINDS = {
    "agricultural": Text("农产品", "Farm produce"),
    "processed": Text("加工品", "Processed goods"),
    "craft": Text("手工艺品", "Handicraft"),
}
RETURNS = {
    "seven_days": Text("七天无理由退货", "Seven-day returns"),
    "perishable": Text("生鲜易腐，不适用七天无理由退货", "Perishable: no returns without a reason"),
    "custom_made": Text(
        "定制商品，不适用七天无理由退货", "Made to order: no returns without a reason"
    ),
}
FEW = 10


def return_note(return_class: str) -> Text | None:
    """Return what is said before buying of goods that are not taken back without a reason."""
    return None if return_class == "seven_days" else RETURNS[return_class]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingCard:
    """A pairing as an entrance to its western region's goods."""

    east: str
    east_parent: str
    west: str
    west_parent: str
    relation: str
    since: str
    href: str
    mine: bool


def month(day: date) -> str:
    """Write a day as its month: 2021 年 4 月, 2021-04."""
    return str(Text(f"{day.year} 年 {day.month} 月", f"{day:%Y-%m}"))


def parent_name(code: str) -> str:
    """Return the name of the place that governs a region; empty for a province."""
    parent = tree().parent(code)
    return parent.name if parent else ""


def place(code: str | None) -> str:
    """Return a region with the place above it, as a card shows it: 巴中市 · 南江县."""
    if code is None:
        return str(Text("产地待补充", "Origin not stated"))
    return " · ".join(name for name in (parent_name(code), tree().name(code)) if name)


def pairing_card(entry: PairingEntry, my_region: str | None = None) -> PairingCard:
    """Put a pairing on a card."""
    return PairingCard(
        east=tree().name(entry.east_code),
        east_parent=parent_name(entry.east_code),
        west=tree().name(entry.west_code),
        west_parent=parent_name(entry.west_code),
        relation=str(entry.relation.label),
        since=str(Text("{month}起", "since {month}").format(month=month(entry.valid_from))),
        href=f"/products?region={entry.west_code}&for={entry.east_code}",
        mine=is_mine(entry, my_region),
    )


def is_mine(entry: PairingEntry, my_region: str | None) -> bool:
    """Tell whether the reader's region lies in the pairing's east."""
    return my_region is not None and tree().is_inside(my_region, entry.east_code)


def flow(entries: Sequence[PairingEntry], my_region: str | None = None) -> Flow:
    """Draw the pairings as bands from west to east."""
    # In the order of the east, so that the bands of one region lie side by side.
    entries = sorted(entries, key=lambda entry: (entry.east_code, entry.west_code))
    links = [
        Link(
            west=tree().name(entry.west_code),
            east=tree().name(entry.east_code),
            tone=_TONES[entry.relation],
            mine=is_mine(entry, my_region),
        )
        for entry in entries
    ]
    relations = list(dict.fromkeys(entry.relation for entry in entries))
    said = str(Text("，", ", ")).join(
        str(Text("{west}对{east}", "{west} with {east}").format(west=link.west, east=link.east))
        for link in links
    )
    return draw(
        links,
        title=str(Text("结对关系图：{said}", "Pairings: {said}").format(said=said)),
        relations=[
            (_TONES[relation] or "cooperation", str(relation.label)) for relation in relations
        ],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """A product in a list."""

    href: str
    name: str
    place: str
    price_fen: int
    per: str
    photo_url: str | None
    drawing: str
    helps: str | None
    is_in_stock: bool


def card_view(card: ProductCard, helped: dict[UUID, str]) -> CardView:
    """Put a product on a card; ``helped`` names the region whose task it would help."""
    region = helped.get(card.id)
    return CardView(
        href=f"/products/{card.id}",
        name=card.name,
        place=place(card.origin_code),
        price_fen=card.price_from_fen,
        per=card.unit,
        photo_url=card.photo_url,
        drawing=drawing_of(card.category_code),
        helps=str(Text("可计入{region}", "Counts for {region}").format(region=region))
        if region
        else None,
        is_in_stock=card.is_in_stock,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuView:
    """A spec to choose."""

    id: UUID
    spec: str
    unit: str
    price_fen: int
    is_buyable: bool
    stock_words: str
    weight: str
    steps: tuple[str, ...]


def sku_view(sku: ListedSku, steps: Sequence[PriceStep] = ()) -> SkuView:
    """Put a spec into words: stock is only counted aloud when little is left."""
    if sku.available <= 0:
        words = Text("暂时缺货", "Out of stock")
    elif sku.available <= FEW:
        words = Text("仅剩 {n} 件", "Only {n} left").format(n=sku.available)
    else:
        words = Text("有货", "In stock")
    return SkuView(
        id=sku.id,
        spec=sku.spec,
        unit=sku.unit,
        price_fen=sku.price_fen,
        is_buyable=sku.available > 0,
        stock_words=str(words),
        weight=weight(sku.weight_g),
        steps=tuple(
            str(say_step(step, sku.unit)) for step in steps if step.price_fen < sku.price_fen
        ),
    )


def limit_words(product: ProductDetail, limits: Sequence[BuyerLimit]) -> list[str]:
    """Say how many one buyer may order of a product and its specs."""
    specs = {sku.id: sku.spec for sku in product.skus}
    return [
        str(say_limit(limit, specs.get(limit.sku_id) if limit.sku_id else None))
        for limit in limits
        if limit.sku_id is None or limit.sku_id in specs
    ]


def weight(grams: int) -> str:
    """Write a weight as goods are sold: 500 克, 2.5 千克."""
    if grams < 1000:
        return str(Text(f"{grams} 克", f"{grams} g"))
    kilograms = f"{grams / 1000:.3f}".rstrip("0").rstrip(".")
    return str(Text(f"{kilograms} 千克", f"{kilograms} kg"))


Facts = list[tuple[str, str]]


def origin_facts(product: ProductDetail) -> Facts:
    """Return where it comes from and who vouches for it."""
    made = {
        "agricultural": Text("种养产地", "Grown in"),
        "processed": Text("加工地", "Processed in"),
        "craft": Text("制作地", "Made in"),
    }[product.kind]
    facts: list[tuple[Text, str]] = [(made, product.origin.name)]
    if product.kind == "processed":
        material = product.main_material
        unknown = str(Text("未说明", "Not stated"))
        facts.append(
            (Text("主要原料产地", "Main material from"), material.name if material else unknown)
        )
    certificate = product.certificate
    if certificate is None:
        facts.append((Text("认定", "Certificate"), str(Text("暂无有效认定", "None in force"))))
    else:
        until = Text("{a} 至 {b}", "{a} to {b}").format(
            a=certificate.valid_from.isoformat(), b=certificate.valid_to.isoformat()
        )
        facts += [
            (Text("认定编号", "Certificate no."), certificate.certificate_no),
            (Text("认定单位", "Issued by"), certificate.issuer_name),
            (Text("有效期", "Valid"), str(until)),
            (Text("带动", "Benefits"), _linkage(certificate)),
        ]
    return [(str(label), value) for label, value in facts]


def _linkage(certificate: ListedCertificate) -> str:
    counted = (
        (certificate.linked_households, Text("{n} 户", "{n} households")),
        (certificate.linked_villages, Text("{n} 个村", "{n} villages")),
        (certificate.linked_jobs, Text("{n} 人就业", "{n} jobs")),
    )
    said = [str(words.format(n=number)) for number, words in counted if number]
    if certificate.linked_income_fen:
        income = yuan(certificate.linked_income_fen)
        said.append(str(Text("增收 {n} 元", "{n} yuan of income").format(n=income)))
    return str(Text("，", ", ")).join(said) or str(Text("未填报", "Not reported"))


def product_facts(product: ProductDetail) -> Facts:
    """Return what the law asks to be shown of packed food, and how to keep it."""
    days = product.shelf_life_days
    shelf = str(Text("{n} 天", "{n} days").format(n=days)) if days else None
    facts: list[tuple[Text, str | None]] = [
        (Text("品类", "Category"), product.category_name),
        (Text("净含量", "Net content"), product.net_content),
        (Text("保质期", "Shelf life"), shelf),
        (Text("贮存条件", "Storage"), product.storage_conditions),
        (Text("生产许可证", "Production licence"), product.sc_licence_no),
        (Text("检疫证明", "Quarantine certificate"), product.quarantine_certificate_no),
    ]
    return [(str(label), value) for label, value in facts if value]
