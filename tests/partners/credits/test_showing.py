"""What a sale counts for, as people are told it."""

from dataclasses import dataclass

from marketplace.language import Text
from partners.credits.showing import show_countings


@dataclass(frozen=True, kw_only=True)
class Said:
    scheme: str = "pairing"
    counts: bool = True
    is_held: bool = False
    stage: str | None = "pending"
    kind: str | None = "direct_purchase"
    amount_fen: int = 25600
    net_fen: int = 25600
    reason: Text = Text("计入东阳市—南江县结对任务", "Counts for the Dongyang–Nanjiang pairing")  # noqa: RUF009


class TestShowCountings:
    def test_before_paying_it_is_only_going_to_be_pending(self) -> None:
        (told,) = show_countings([Said()], is_paid=False)
        assert told.title == "计入东阳市—南江县结对任务"
        assert told.why == "直接采购 · ¥256.00 · 付款后待确认"
        assert told.tone == "pending"

    def test_green_only_when_it_is_confirmed(self) -> None:
        tones = [
            show_countings([Said(stage=stage)], is_paid=True)[0].tone
            for stage in ("pending", "confirmed", "held")
        ]
        assert tones == ["pending", "yes", "pending"]

    def test_a_part_refund_shows_what_still_stands(self) -> None:
        (told,) = show_countings([Said(net_fen=12800)], is_paid=True)
        assert "¥128.00" in told.why

    def test_a_whole_refund_is_said_to_be_taken_back(self) -> None:
        (told,) = show_countings([Said(net_fen=0)], is_paid=True)
        assert told.why == "已退款，全部冲回"
        assert told.tone == ""

    def test_a_sale_that_does_not_count_says_why(self) -> None:
        (told,) = show_countings(
            [Said(counts=False, reason=Text("产地不明，不计入结对任务", "Origin unknown"))],
            is_paid=True,
        )
        assert told.title == "产地不明，不计入结对任务"
        assert told.tone == ""

    def test_the_western_ledger_is_no_business_of_the_buyer(self) -> None:
        assert show_countings([Said(scheme="catalogue")], is_paid=True) == []

    def test_a_reserved_share_is_told_only_when_it_counts(self) -> None:
        said = [Said(scheme="reserved_share", counts=False), Said(scheme="reserved_share")]
        assert len(show_countings(said, is_paid=True)) == 1
