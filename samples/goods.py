"""What the sample cooperatives sell: a spec, a price and a few words for each real speciality."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from partners.credits.facts import ProductKind
from products.catalogue.models import ReturnClass

SPECIALTIES = Path(__file__).parent / "data" / "specialties.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retail:
    """How a speciality is sold; `stage` is how far its certification and listing have come."""

    motif: str
    category: str
    specs: tuple[tuple[str, str, int, int, int], ...]  # spec, unit, grams, fen, pieces
    words: str
    facts: dict[str, Any] = field(default_factory=dict)
    stage: str = "certified"


@dataclass(frozen=True, slots=True)
class Good:
    """A real speciality of a place, with how the sample cooperative sells it."""

    region_code: str
    name: str
    kind: ProductKind
    retail: Retail


FRESH = {"return_class": ReturnClass.PERISHABLE}
MADE_TO_ORDER = {"return_class": ReturnClass.CUSTOM_MADE}

RETAIL: dict[str, Retail] = {
    "南江黄羊": Retail(
        motif="mutton", category="mutton",
        specs=(("带骨羊腿 2 千克", "份", 2000, 19800, 120), ("羊肉块 500 克", "袋", 500, 5600, 400)),
        words="大巴山南麓放养的南江黄羊，当日屠宰，冷链发货，附动物检疫证明。",
        facts=FRESH | {"quarantine_certificate_no": "示例检疫0001", "storage_conditions": "0–4℃冷藏"},
    ),
    "南江金银花": Retail(
        motif="flower", category="honeysuckle",
        specs=(("100 克", "罐", 100, 4800, 600), ("250 克", "袋", 250, 9900, 300)),
        words="花蕾期采摘，当天烘干，泡水清香微甘。",
    ),
    "南江大叶茶": Retail(
        motif="tea", category="green_tea",
        specs=(("明前 100 克", "罐", 100, 12800, 200), ("雨前 250 克", "袋", 250, 13600, 260)),
        words="高山茶园，芽叶肥厚，汤色黄绿明亮，耐泡。",
    ),
    "南江核桃": Retail(
        motif="walnut", category="walnuts", specs=(("1 千克", "袋", 1000, 3980, 500),),
        words="当年新果，壳薄仁满，自然晾晒。",
    ),
    "翡翠米": Retail(
        motif="rice", category="rice",
        specs=(("5 千克", "袋", 5000, 6800, 800), ("10 千克", "袋", 10000, 12800, 400)),
        words="稻田里自然熟成的米，米粒青润，适合单位食堂整袋采购。",
    ),
    "通江银耳": Retail(
        motif="fungus", category="mushrooms", specs=(("150 克", "盒", 150, 8800, 350),),
        words="青冈木段栽培，朵大肉厚，炖煮出胶。",
    ),
    "罗村茶": Retail(
        motif="tea", category="green_tea", specs=(("200 克", "罐", 200, 9600, 180),),
        words="通江罗村高山绿茶，栗香持久。", stage="county_certified",
    ),
    "空山土豆": Retail(
        motif="potato", category="potatoes",
        specs=(("5 千克", "箱", 5000, 2980, 900), ("20 千克", "袋", 20000, 9800, 300)),
        words="空山坝高海拔沙土种植，粉糯，适合食堂。", facts=FRESH, stage="applied",
    ),
    "川明参": Retail(
        motif="root", category="other_herbs", specs=(("250 克", "袋", 250, 6600, 240),),
        words="手工去皮晾晒，炖汤清甜。",
    ),
    "土鸡蛋": Retail(
        motif="eggs", category="eggs", specs=(("30 枚", "箱", 1500, 4500, 500),),
        words="林下散养，按枚装箱，破损包赔。", facts=FRESH,
    ),
    "苍溪红心猕猴桃": Retail(
        motif="kiwi", category="fresh_fruit", specs=(("24 枚礼盒", "箱", 2400, 7800, 300),),
        words="红心果肉，收到后常温放软再食用；按季采摘。", facts=FRESH,
    ),
    "青川白茶": Retail(
        motif="white_tea", category="white_tea", specs=(("100 克", "罐", 100, 15800, 150),),
        words="青川高山白茶，鲜爽回甘。",
    ),
    "加依村手工乐器": Retail(
        motif="instrument", category="instruments",
        specs=(("都塔尔 · 桑木", "把", 2600, 168000, 6), ("热瓦普 · 核桃木", "把", 2200, 128000, 8)),
        words="新和县依其艾日克镇加依村手工制作，国家级非物质文化遗产；每把纹样不同，接单后制作。",
        facts=MADE_TO_ORDER,
    ),
    "新和核桃": Retail(
        motif="walnut", category="walnuts", specs=(("2 千克", "袋", 2000, 6200, 300),),
        words="薄皮核桃，手捏即开。", stage="submitted",
    ),
    "红枣": Retail(
        motif="dates", category="dried_fruit", specs=(("2.5 千克", "箱", 2500, 7900, 400),),
        words="树上吊干，个大肉厚。",
    ),
    "香梨": Retail(
        motif="pear", category="fresh_fruit", specs=(("5 千克", "箱", 5000, 8800, 300),),
        words="皮薄多汁，按季采摘，冷藏更脆。", facts=FRESH,
    ),
    "梅河大米": Retail(
        motif="rice", category="rice", specs=(("10 千克", "袋", 10000, 9900, 600),),
        words="一季稻，米饭油润回香。",
    ),
    "松子仁": Retail(
        motif="pine", category="other_nuts", specs=(("250 克", "罐", 250, 6900, 260),),
        words="在梅河口加工；松子原料产地不明，照实说明，因此不计入任何结对任务。",
        facts={"is_prepackaged": True, "sc_licence_no": "SC11822058100000", "net_content": "250 克",
               "shelf_life_days": 270, "storage_conditions": "阴凉干燥处"},
        stage="listed",
    ),
    "叙永甜橙": Retail(
        motif="orange", category="fresh_fruit", specs=(("5 千克", "箱", 5000, 4900, 500),),
        words="赤水河谷种植，汁多化渣，按季采摘。", facts=FRESH,
    ),
    "叙永桃片": Retail(
        motif="pastry", category="pastries", specs=(("300 克", "盒", 300, 2600, 700),),
        words="糯米、核桃制成，薄片卷而不断；糯米产自叙永本地。",
        facts={"is_prepackaged": True, "sc_licence_no": "SC12451052400000", "net_content": "300 克",
               "shelf_life_days": 120, "storage_conditions": "常温，开封后密封",
               "main_material_code": "510524"},
    ),
    "庄浪苹果": Retail(
        motif="apple", category="fresh_fruit", specs=(("5 千克", "箱", 5000, 5800, 500),),
        words="黄土高原梯田苹果，脆甜。", facts=FRESH,
    ),
    "手工风车": Retail(
        motif="windmill", category="toys", specs=(("四叶 · 大号", "个", 120, 1800, 200),),
        words="遂昌残疾人之家学员手工制作，义务教育阶段学校可整批订购。", stage="listed",
    ),
}  # fmt: skip


def list_goods() -> list[Good]:
    """Read the specialities and join how each is sold."""
    with SPECIALTIES.open(encoding="utf-8", newline="") as opened:
        return [
            Good(
                row["region_code"], row["product"], ProductKind(row["kind"]), RETAIL[row["product"]]
            )
            for row in csv.DictReader(opened)
        ]
