"""What goes back of a line: shares that always sum to what was paid, and never to more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.aftersales.amounts import LineSums, refund_amount
from orders.aftersales.errors import (
    RefundEmpty,
    RefundExceedsLine,
    RefundExceedsPieces,
    RefundExceedsQuantity,
)

PIECES = st.lists(st.integers(1, 50), min_size=1, max_size=8)


def line(
    net: int, quantity: int, claimed: int = 0, pieces: int = 0, *, shipped: int | None = None
) -> LineSums:
    return LineSums(
        net_fen=net,
        quantity=quantity,
        claimed_fen=claimed,
        claimed_quantity=pieces,
        shipped_quantity=quantity if shipped is None else shipped,
    )


class TestRefundAmount:
    def test_three_pieces_of_a_hundred_fen_are_33_34_and_33(self) -> None:
        assert refund_amount(line(100, 3), 1, None) == 33
        assert refund_amount(line(100, 3, 33, 1), 1, None) == 34
        assert refund_amount(line(100, 3, 67, 2), 1, None) == 33

    def test_the_last_pieces_take_what_earlier_compensation_left(self) -> None:
        assert refund_amount(line(1000, 2, 300, 0), 2, None) == 700

    def test_a_compensation_lowers_what_every_piece_still_brings(self) -> None:
        assert refund_amount(line(1000, 2, 900, 0), 1, None) == 50
        with pytest.raises(RefundExceedsPieces):
            refund_amount(line(1000, 2, 900, 0), 1, 51)

    def test_takes_a_named_amount_up_to_what_the_pieces_cost(self) -> None:
        assert refund_amount(line(1000, 2), 0, 250) == 250
        assert refund_amount(line(1000, 2), 1, 500) == 500
        assert refund_amount(line(1000, 2), 1, 1) == 1
        with pytest.raises(RefundExceedsPieces) as refused:
            refund_amount(line(1000, 2), 1, 501)
        assert refused.value.extra == {"refundable_fen": 500}

    def test_what_one_piece_was_content_without_does_not_pass_to_the_next(self) -> None:
        content = line(1000, 2, 100, 1)
        assert refund_amount(content, 1, None) == 500
        assert content.claimable_fen == 500
        with pytest.raises(RefundExceedsLine):
            refund_amount(content, 0, 501)
        returned = line(1000, 2, 600, 2)
        assert (returned.claimable_fen, returned.is_claimable) == (0, False)
        assert refund_amount(returned, 0, 400, is_given=True) == 400

    def test_nobody_keeps_money_for_goods_that_never_left(self) -> None:
        assert refund_amount(line(1000, 2, 100, 1, shipped=0), 1, None) == 900

    def test_free_goods_may_still_be_exchanged(self) -> None:
        assert line(0, 2).is_claimable
        assert refund_amount(line(0, 2), 1, None) == 0
        assert not line(0, 2, 0, 2).is_claimable
        assert not line(1000, 2, 1000, 0).is_claimable

    def test_refuses_more_money_than_is_left(self) -> None:
        with pytest.raises(RefundExceedsLine) as refused:
            refund_amount(line(1000, 2, 900, 0), 0, 101)
        assert refused.value.extra == {"refundable_fen": 100}

    def test_refuses_more_pieces_than_are_left(self) -> None:
        with pytest.raises(RefundExceedsQuantity) as refused:
            refund_amount(line(1000, 2, 500, 1), 2, None)
        assert refused.value.extra == {"refundable_quantity": 1}

    @pytest.mark.parametrize(("quantity", "amount"), [(0, None), (0, 0), (1, 0)])
    def test_refuses_nothing_at_all(self, quantity: int, amount: int | None) -> None:
        with pytest.raises(RefundEmpty):
            refund_amount(line(1000, 2), quantity, amount)

    @given(net=st.integers(0, 10**12), pieces=PIECES, compensation=st.integers(0, 10**6))
    def test_refunds_of_all_pieces_sum_to_the_line(
        self, net: int, pieces: list[int], compensation: int
    ) -> None:
        quantity, claimed, returned = sum(pieces), min(compensation, net), 0
        for count in pieces:
            share = refund_amount(line(net, quantity, claimed, returned), count, None)
            assert share >= 0
            claimed, returned = claimed + share, returned + count
        assert claimed == net

    @given(
        net=st.integers(1, 10**5),
        pieces=PIECES,
        wishes=st.lists(
            st.tuples(st.integers(0, 60), st.none() | st.integers(1, 10**5), st.booleans()),
            max_size=30,
        ),
    )
    def test_no_sequence_of_returns_brings_more_than_its_pieces(
        self, net: int, pieces: list[int], wishes: list[tuple[int, int | None, bool]]
    ) -> None:
        """Named and open amounts, compensations, and cases that are refused and asked anew."""
        whole, open_cases = line(net, sum(pieces)), list[tuple[int, int]]()
        has_named = False
        for count, amount, is_refused in wishes:
            sums = line(
                net,
                whole.quantity,
                sum(fen for _, fen in open_cases),
                sum(q for q, _ in open_cases),
            )
            try:
                fen = refund_amount(sums, count, amount)
            except (RefundEmpty, RefundExceedsLine, RefundExceedsPieces, RefundExceedsQuantity):
                continue
            assert count == 0 or fen <= sums.share_of(count) <= count * whole.piece_fen
            has_named = has_named or amount is not None
            open_cases.append((count, fen))
            if is_refused:
                open_cases.pop(count % len(open_cases))
        returned = sum(q for q, _ in open_cases)
        claimed = sum(fen for _, fen in open_cases)
        assert claimed <= net
        assert sum(fen for q, fen in open_cases if q) <= returned * whole.piece_fen
        left = line(net, whole.quantity, claimed, returned)
        if not has_named:
            assert claimed + left.claimable_fen == net
