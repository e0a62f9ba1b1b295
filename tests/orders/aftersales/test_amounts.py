"""What goes back of a line: shares that always sum to what was paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.aftersales.amounts import LineSums, refund_amount
from orders.aftersales.errors import RefundEmpty, RefundExceedsLine, RefundExceedsQuantity


def line(net: int, quantity: int, claimed: int = 0, pieces: int = 0) -> LineSums:
    return LineSums(net_fen=net, quantity=quantity, claimed_fen=claimed, claimed_quantity=pieces)


class TestRefundAmount:
    def test_three_pieces_of_a_hundred_fen_are_33_34_and_33(self) -> None:
        assert refund_amount(line(100, 3), 1, None) == 33
        assert refund_amount(line(100, 3, 33, 1), 1, None) == 34
        assert refund_amount(line(100, 3, 67, 2), 1, None) == 33

    def test_the_last_pieces_take_what_earlier_compensation_left(self) -> None:
        assert refund_amount(line(1000, 2, 300, 0), 2, None) == 700

    def test_a_compensation_leaves_the_share_of_pieces_bounded_by_what_is_left(self) -> None:
        assert refund_amount(line(1000, 2, 900, 0), 1, None) == 100

    def test_takes_a_named_amount(self) -> None:
        assert refund_amount(line(1000, 2), 0, 250) == 250
        assert refund_amount(line(1000, 2), 1, 1000) == 1000

    def test_refuses_more_money_than_is_left(self) -> None:
        with pytest.raises(RefundExceedsLine) as refused:
            refund_amount(line(1000, 2, 900, 0), 0, 101)
        assert refused.value.extra == {"refundable_fen": 100}

    def test_refuses_more_pieces_than_are_left(self) -> None:
        with pytest.raises(RefundExceedsQuantity) as refused:
            refund_amount(line(1000, 2, 500, 1), 2, None)
        assert refused.value.extra == {"refundable_quantity": 1}

    @pytest.mark.parametrize(("quantity", "amount"), [(0, None), (0, 0)])
    def test_refuses_nothing_at_all(self, quantity: int, amount: int | None) -> None:
        with pytest.raises(RefundEmpty):
            refund_amount(line(1000, 2), quantity, amount)

    @given(
        net=st.integers(0, 10**12),
        pieces=st.lists(st.integers(1, 50), min_size=1, max_size=8),
        compensation=st.integers(0, 10**6),
    )
    def test_refunds_of_all_pieces_sum_to_the_line(
        self, net: int, pieces: list[int], compensation: int
    ) -> None:
        quantity, claimed, returned = sum(pieces), min(compensation, net), 0
        for count in pieces:
            share = refund_amount(line(net, quantity, claimed, returned), count, None)
            assert share >= 0
            claimed, returned = claimed + share, returned + count
        assert claimed == net
