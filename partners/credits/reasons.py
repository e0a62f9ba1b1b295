"""Why a sale counts or does not: one sentence each, as shoppers and clerks read it."""

from enum import StrEnum

from marketplace.language import Text


class ReasonCode(StrEnum):
    """The stable name of an outcome's reason."""

    COUNTED = "counted"
    FLAGGED = "flagged"
    TIED = "tied"
    NO_ATTRIBUTION = "no_attribution"
    ATTRIBUTION_UNKNOWN = "attribution_unknown"
    ORIGIN_UNKNOWN = "origin_unknown"
    MATERIAL_UNKNOWN = "material_unknown"
    NOT_PAIRED = "not_paired"
    PAIRING_ENDED = "pairing_ended"
    PAIRING_NOT_BEGUN = "pairing_not_begun"
    NOT_CERTIFIED = "not_certified"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_BEGUN = "certificate_not_begun"
    CERTIFICATE_SUSPENDED = "certificate_suspended"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_PENDING = "certificate_pending"
    PRIVATE_BUYER = "private_buyer"
    NO_BUYING_UNIT = "no_buying_unit"
    NOT_A_BUDGET_UNIT = "not_a_budget_unit"
    NOT_FOOD_OR_FARM = "not_food_or_farm"
    NOT_AMONG_832 = "not_among_832"
    NOT_A_COUNTY = "not_a_county"
    LETTER_OF_INTENT = "letter_of_intent"
    REFUSED = "refused"
    NO_RULE = "no_rule"


PAIRING_COUNTED = Text("计入{east}—{west}结对任务", "Counts for the {east}–{west} pairing")
PAIRING_FLAGGED = Text(
    "拟计入{east}—{west}结对任务，须经对口办核实",
    "Set down for the {east}–{west} pairing until the coordination office has checked it",
)
PAIRING_TIED = Text(
    "{east}与{west}之间有{count}项同级结对，须由对口办确定计入哪一项",
    "{count} equally specific pairings link {east} and {west}; the coordination office decides"
    " which one it counts for",
)
RESERVED_COUNTED = Text("计入{unit}预留份额", "Counts towards the reserved share of {unit}")
RESERVED_FLAGGED = Text(
    "拟计入{unit}预留份额，须经对口办核实",
    "Set down for the reserved share of {unit} until the coordination office has checked it",
)
CATALOGUE_COUNTED = Text("计入{west}供应台账", "Counts in the supply ledger of {west}")
CATALOGUE_FLAGGED = Text(
    "拟计入{west}供应台账，须经对口办核实",
    "Set down in the supply ledger of {west} until the coordination office has checked it",
)

RELEASED: dict[str, Text] = {
    "pairing": Text(
        "经对口办核实，计入{place}结对任务",
        "Checked by the coordination office: counts for the pairing task of {place}",
    ),
    "reserved_share": Text(
        "经对口办核实，计入{unit}预留份额",
        "Checked by the coordination office: counts towards the reserved share of {unit}",
    ),
    "catalogue": Text(
        "经对口办核实，计入{place}供应台账",
        "Checked by the coordination office: counts in the supply ledger of {place}",
    ),
}

TASKS: dict[str, Text] = {
    "pairing": Text("结对任务", "a pairing's task"),
    "reserved_share": Text("预留份额", "a reserved share"),
    "catalogue": Text("供应台账", "a supply ledger"),
}

# {task} names what the sale misses: it may well count for another scheme, told in the next line.
NOT_COUNTED: dict[ReasonCode, Text] = {
    ReasonCode.NO_ATTRIBUTION: Text(
        "未选择所属单位或地区，不计入{task}",
        "No unit or region was chosen, so it does not count towards {task}",
    ),
    ReasonCode.ATTRIBUTION_UNKNOWN: Text(
        "所属地区无法识别，不计入{task}",
        "The region it is attributed to is not known, so it does not count towards {task}",
    ),
    ReasonCode.ORIGIN_UNKNOWN: Text(
        "产地不明，不计入{task}",
        "Its place of origin is unknown, so it does not count towards {task}",
    ),
    ReasonCode.MATERIAL_UNKNOWN: Text(
        "主要原料产地不明，不计入{task}",
        "Where its main raw material grew is unknown, so it does not count towards {task}",
    ),
    ReasonCode.NOT_PAIRED: Text(
        "{east}与产地{west}没有结对，不计入{task}",
        "{east} is not paired with {west}, where it comes from, so it does not count towards {task}",
    ),
    ReasonCode.PAIRING_ENDED: Text(
        "{east}—{west}结对已于{day}结束，不计入{task}",
        "The {east}–{west} pairing ended on {day}, so it does not count towards {task}",
    ),
    ReasonCode.PAIRING_NOT_BEGUN: Text(
        "{east}—{west}结对自{day}起生效，不计入{task}",
        "The {east}–{west} pairing begins on {day}, so it does not count towards {task}",
    ),
    ReasonCode.NOT_CERTIFIED: Text(
        "该产品没有帮扶产品认定证书，不计入{task}",
        "The product holds no assistance-product certificate, so it does not count towards {task}",
    ),
    ReasonCode.CERTIFICATE_EXPIRED: Text(
        "帮扶产品认定证书已过期，不计入{task}",
        "The product's certificate has expired, so it does not count towards {task}",
    ),
    ReasonCode.CERTIFICATE_NOT_BEGUN: Text(
        "帮扶产品认定证书尚未生效，不计入{task}",
        "The product's certificate is not valid yet, so it does not count towards {task}",
    ),
    ReasonCode.CERTIFICATE_SUSPENDED: Text(
        "帮扶产品认定证书已暂停，不计入{task}",
        "The product's certificate is suspended, so it does not count towards {task}",
    ),
    ReasonCode.CERTIFICATE_REVOKED: Text(
        "帮扶产品认定证书已撤销，不计入{task}",
        "The product's certificate was revoked, so it does not count towards {task}",
    ),
    ReasonCode.CERTIFICATE_PENDING: Text(
        "帮扶产品认定尚未通过，不计入{task}",
        "The product's certificate is not approved yet, so it does not count towards {task}",
    ),
    ReasonCode.PRIVATE_BUYER: Text(
        "按现行口径，个人购买不计入{task}",
        "Under the rule in force a private purchase does not count towards {task}",
    ),
    ReasonCode.NO_BUYING_UNIT: Text(
        "不是单位采购，不计入预留份额",
        "Not bought by a unit, so it does not count towards a reserved share",
    ),
    ReasonCode.NOT_A_BUDGET_UNIT: Text(
        "{unit}不是预算单位，不计入预留份额",
        "{unit} is not a budget unit, so it does not count towards a reserved share",
    ),
    ReasonCode.NOT_FOOD_OR_FARM: Text(
        "不是农副产品或食品，不计入预留份额",
        "Neither farm goods nor food, so it does not count towards a reserved share",
    ),
    ReasonCode.NOT_AMONG_832: Text(
        "产地{west}不在832个脱贫县之内，不计入预留份额",
        "{west}, where it comes from, is not one of the 832 counties, so it does not count"
        " towards a reserved share",
    ),
    ReasonCode.NOT_A_COUNTY: Text(
        "产地未具体到县，不计入供应台账",
        "Its origin is not known down to the county, so it is in no supply ledger",
    ),
    ReasonCode.LETTER_OF_INTENT: Text(
        "意向订单只作登记，不计入", "A letter of intent is recorded but never counted"
    ),
    ReasonCode.REFUSED: Text(
        "经对口办核实，不予计入", "The coordination office has checked it and it does not count"
    ),
    ReasonCode.NO_RULE: Text(
        "成交当日没有生效的口径，不计入{task}",
        "No counting rule was in force on the day of the sale, so it does not count towards {task}",
    ),
}
