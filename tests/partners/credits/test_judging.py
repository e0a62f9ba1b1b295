"""The rules of the schemes over plain values; the places and pairings are those of the story."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from marketplace.ids import new_id
from partners.credits.facts import ProductKind, SaleFacts
from partners.credits.judging import judge_sale
from partners.credits.reasons import NOT_COUNTED, TASKS, ReasonCode
from partners.credits.rules import (
    Candidate,
    Kind,
    Moment,
    Outcome,
    Place,
    Rule,
    Scheme,
    Stage,
    Standing,
)
from tests.factories.credits import make_rule, outcome_of, private_sale, sale_facts

TODAY = date(2026, 6, 15)
NANJIANG = Place(
    code="511922",
    name="南江县",
    path=("510000", "511900", "511922"),
    is_county=True,
    is_among_832=True,
)
DONGYANG = Place(code="330783", name="东阳市", path=("330000", "330700", "330783"), is_county=True)
ALAR = Place(code="659002", name="阿拉尔市", path=("650000", "659000", "659002"), is_county=True)

COUNTY, CITY_COUNTY, CITY = 0, 3, 4


def pairing(specificity: int = COUNTY, **overrides: Any) -> Candidate:
    """A pairing that holds Dongyang and Nanjiang, as narrow as asked for."""
    east, west = {COUNTY: (3, 3), CITY_COUNTY: (2, 3), CITY: (2, 2)}[specificity]
    facts: dict[str, Any] = {
        "pairing_id": new_id(),
        "relation": "east_west_cooperation",
        "specificity": specificity,
        "east_name": "东阳市" if east == 3 else "金华市",
        "east_path": DONGYANG.path[:east],
        "west_name": "南江县" if west == 3 else "巴中市",
        "west_path": NANJIANG.path[:west],
        "valid_from": date(2021, 4, 1),
        "valid_to": None,
    }
    return Candidate(**facts | overrides)


def judge(
    facts: SaleFacts,
    *pairings: Candidate,
    scheme: Scheme = Scheme.PAIRING,
    origin: Place | None = NANJIANG,
    east: Place | None = DONGYANG,
    rule: Rule | None = None,
) -> Outcome:
    rules = [rule or make_rule(scheme)]
    outcomes = judge_sale(facts, rules, origin=origin, east=east, pairings=pairings)
    return outcome_of(outcomes, scheme)


class TestWhichPairing:
    def test_is_the_most_specific_one_and_it_rolls_up_to_the_wider(self) -> None:
        county, city, wide = pairing(), pairing(CITY_COUNTY), pairing(CITY)
        outcome = judge(sale_facts(sale_on=TODAY), wide, county, city)
        assert outcome.pairing_id == county.pairing_id
        assert set(outcome.rolls_up_to) == {city.pairing_id, wide.pairing_id}

    def test_rolls_up_within_its_relation_only(self) -> None:
        county = pairing()
        other = pairing(CITY, relation="counterpart_support")
        outcome = judge(sale_facts(sale_on=TODAY), county, other)
        assert outcome.rolls_up_to == ()

    def test_rolls_up_to_an_organisations_pairing_only_where_that_reaches(self) -> None:
        corps = {"west_path": NANJIANG.path[:1], "west_organisation_code": "xpcc"}
        county = pairing()
        elsewhere = pairing(CITY, **corps, west_member_codes=frozenset({"659002"}))
        reaching = pairing(CITY, **corps, west_member_codes=frozenset({"511922"}))
        outcome = judge(sale_facts(sale_on=TODAY), county, elsewhere, reaching)
        assert outcome.rolls_up_to == (reaching.pairing_id,)

    def test_is_settled_by_places_before_the_certificate_is_looked_at(self) -> None:
        narrow, waived = pairing(), pairing(CITY, relation="counterpart_support")
        facts = sale_facts(sale_on=TODAY, certificate_no=None)
        assert judge(facts, narrow, waived).reason_code is ReasonCode.NOT_CERTIFIED

    def test_rolls_up_to_what_is_in_force_on_the_day_of_the_sale(self) -> None:
        county, ended = pairing(), pairing(CITY, valid_to=date(2026, 6, 14))
        outcome = judge(sale_facts(sale_on=TODAY), county, ended)
        assert outcome.rolls_up_to == ()

    def test_is_left_to_the_office_where_relations_tie(self) -> None:
        tied = [pairing(), pairing(relation="counterpart_support")]
        outcome = judge(sale_facts(sale_on=TODAY), *tied, pairing(CITY))
        assert outcome.standing is Standing.HELD
        assert (outcome.stage, outcome.pairing_id) == (Stage.HELD, None)
        assert set(outcome.tied_pairing_ids) == {p.pairing_id for p in tied}
        assert outcome.reason.zh == "东阳市与南江县之间有2项同级结对，须由对口办确定计入哪一项"

    def test_does_not_tie_with_one_whose_certificate_test_fails(self) -> None:
        strict, waived = pairing(), pairing(relation="counterpart_support")
        facts = sale_facts(sale_on=TODAY, certificate_no=None)
        assert judge(facts, strict, waived).pairing_id == waived.pairing_id

    @pytest.mark.parametrize(
        ("on", "code"),
        [
            (date(2021, 3, 31), ReasonCode.PAIRING_NOT_BEGUN),
            (date(2021, 4, 1), ReasonCode.COUNTED),
            (date(2025, 12, 31), ReasonCode.COUNTED),
            (date(2026, 1, 1), ReasonCode.PAIRING_ENDED),
        ],
    )
    def test_holds_on_its_first_and_last_day(self, on: date, code: ReasonCode) -> None:
        dated = pairing(valid_to=date(2025, 12, 31))
        assert judge(sale_facts(sale_on=on), dated).reason_code is code


class TestWhatCountsNowhere:
    @pytest.mark.parametrize(
        ("overrides", "sentence"),
        [
            ({"attribution_code": None}, "未选择所属单位或地区，不计入结对任务"),
            ({"origin_code": None}, "产地不明，不计入结对任务"),
            (
                {"origin_code": None, "product_kind": ProductKind.PROCESSED},
                "主要原料产地不明，不计入结对任务",
            ),
            ({"certificate_no": None}, "该产品没有帮扶产品认定证书，不计入结对任务"),
            ({"certificate_valid_to": date(2026, 6, 14)}, "帮扶产品认定证书已过期，不计入结对任务"),
            (
                {"certificate_valid_from": date(2026, 6, 16)},
                "帮扶产品认定证书尚未生效，不计入结对任务",
            ),
            ({"certificate_state": "suspended"}, "帮扶产品认定证书已暂停，不计入结对任务"),
            ({"certificate_state": "revoked"}, "帮扶产品认定证书已撤销，不计入结对任务"),
            ({"certificate_state": "applied"}, "帮扶产品认定尚未通过，不计入结对任务"),
            ({"line_kind": "letter_of_intent"}, "意向订单只作登记，不计入"),
        ],
    )
    def test_says_why(self, overrides: dict[str, Any], sentence: str) -> None:
        facts = sale_facts(sale_on=TODAY, **overrides)
        outcome = judge(
            facts,
            pairing(),
            origin=NANJIANG if facts.origin_code else None,
            east=DONGYANG if facts.attribution_code else None,
        )
        assert outcome.reason.zh == sentence
        assert (outcome.counts, outcome.amount_fen, outcome.stage) == (False, 0, None)

    def test_names_both_places_that_are_not_paired(self) -> None:
        outcome = judge(sale_facts(sale_on=TODAY))
        assert outcome.reason.zh == "东阳市与产地南江县没有结对，不计入结对任务"

    def test_counts_on_the_last_day_of_the_certificate(self) -> None:
        facts = sale_facts(sale_on=TODAY, certificate_valid_to=TODAY)
        assert judge(facts, pairing()).counts

    def test_without_a_rule_in_force(self) -> None:
        outcome = judge(sale_facts(sale_on=date(2018, 1, 1)), pairing())
        assert (outcome.reason_code, outcome.rule_id) == (ReasonCode.NO_RULE, None)

    def test_every_reason_has_a_sentence_in_both_languages(self) -> None:
        counted = {ReasonCode.COUNTED, ReasonCode.FLAGGED, ReasonCode.TIED}
        assert set(NOT_COUNTED) == set(ReasonCode) - counted
        assert all(text.zh and text.en for text in NOT_COUNTED.values())
        assert set(TASKS) == set(Scheme)


class TestSettings:
    def test_waive_the_certificate_by_relation(self) -> None:
        facts = sale_facts(sale_on=TODAY, certificate_no=None)
        assert judge(facts, pairing(relation="counterpart_cooperation")).counts
        assert not judge(facts, pairing()).counts

    def test_waive_the_certificate_of_the_corps_by_origin(self) -> None:
        facts = sale_facts(sale_on=TODAY, certificate_no=None, origin_code=ALAR.code)
        assert judge(facts, pairing(), origin=ALAR).counts

    @pytest.mark.parametrize("kind", [Kind.ASSISTED_SALE, Kind.DIRECT_PURCHASE, None])
    def test_say_what_a_private_purchase_is(self, kind: Kind | None) -> None:
        rule = make_rule(private_buyer_kind=kind)
        outcome = judge(private_sale("330783", sale_on=TODAY), pairing(), rule=rule)
        assert outcome.kind is kind
        assert outcome.counts is (kind is not None)

    def test_an_outlets_retail_sale_is_an_assisted_sale_whatever_private_ones_are(self) -> None:
        rule = make_rule(private_buyer_kind=None)
        facts = private_sale("330783", sale_on=TODAY, channel="outlet", outlet_id=new_id())
        assert judge(facts, pairing(), rule=rule).kind is Kind.ASSISTED_SALE

    def test_may_count_freight(self) -> None:
        facts = sale_facts(sale_on=TODAY, freight_fen=1_200)
        assert judge(facts, pairing()).amount_fen == 30_000
        assert judge(facts, pairing(), rule=make_rule(counts_freight=True)).amount_fen == 31_200

    def test_may_confirm_at_payment(self) -> None:
        rule = make_rule(confirms_at=Moment.PAYMENT)
        assert judge(sale_facts(sale_on=TODAY), pairing(), rule=rule).stage is Stage.CONFIRMED


class TestReservedShare:
    @pytest.mark.parametrize(
        ("overrides", "sentence"),
        [
            ({}, "计入示例学校 · 东阳预留份额"),
            ({"certificate_no": None}, "计入示例学校 · 东阳预留份额"),
            ({"buying_unit_kind": "company"}, "示例学校 · 东阳不是预算单位，不计入预留份额"),
            ({"buying_unit_is_budget": False}, "示例学校 · 东阳不是预算单位，不计入预留份额"),
            ({"buying_unit_id": None}, "不是单位采购，不计入预留份额"),
            ({"is_food_or_farm": False}, "不是农副产品或食品，不计入预留份额"),
        ],
    )
    def test_needs_food_bought_by_a_budget_unit(
        self, overrides: dict[str, Any], sentence: str
    ) -> None:
        facts = sale_facts(sale_on=TODAY, **overrides)
        assert judge(facts, scheme=Scheme.RESERVED_SHARE).reason.zh == sentence

    def test_needs_an_origin_among_the_832_counties(self) -> None:
        outcome = judge(sale_facts(sale_on=TODAY), scheme=Scheme.RESERVED_SHARE, origin=ALAR)
        assert outcome.reason.zh == "产地阿拉尔市不在832个脱贫县之内，不计入预留份额"


class TestCatalogue:
    def test_counts_for_the_western_county_whoever_buys(self) -> None:
        facts = private_sale(None, sale_on=TODAY)
        outcome = judge(facts, scheme=Scheme.CATALOGUE, east=None)
        assert (outcome.region_code, outcome.reason.zh) == ("511922", "计入南江县供应台账")

    def test_needs_a_county(self) -> None:
        city = Place(code="511900", name="巴中市", path=("510000", "511900"), is_county=False)
        outcome = judge(sale_facts(sale_on=TODAY), scheme=Scheme.CATALOGUE, origin=city)
        assert outcome.reason_code is ReasonCode.NOT_A_COUNTY

    def test_needs_the_certificate(self) -> None:
        facts = sale_facts(sale_on=TODAY, certificate_valid_to=date(2026, 1, 1))
        outcome = judge(facts, scheme=Scheme.CATALOGUE)
        assert outcome.reason_code is ReasonCode.CERTIFICATE_EXPIRED


def test_never_adds_a_scheme_to_another() -> None:
    rules = [make_rule(scheme) for scheme in Scheme]
    outcomes = judge_sale(
        sale_facts(sale_on=TODAY), rules, origin=NANJIANG, east=DONGYANG, pairings=[pairing()]
    )
    assert [(o.scheme, o.rule_id) for o in outcomes] == [(r.scheme, r.id) for r in rules]
    assert all(isinstance(o.line_id, UUID) and o.amount_fen == 30_000 for o in outcomes)
