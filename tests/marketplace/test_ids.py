"""Keys sort by time; numbers for people show a slip of the pen."""

from hypothesis import given
from hypothesis import strategies as st

from marketplace import ids


class TestNewId:
    def test_is_a_version_7_uuid_and_roughly_ordered(self) -> None:
        made = [ids.new_id() for _ in range(1000)]
        assert {one.version for one in made} == {7}
        assert len(set(made)) == 1000
        assert made == sorted(made)


class TestNewNumber:
    def test_is_well_formed(self) -> None:
        number = ids.new_number("JD")
        assert ids.is_well_formed(number, "JD")
        assert ids.is_well_formed(f" {number.lower()} ", "JD")

    @given(st.integers(0, 11), st.sampled_from(ids.ALPHABET))
    def test_shows_one_wrong_character(self, position: int, wrong: str) -> None:
        body = list(ids.new_number("").replace("-", ""))
        if body[position] == wrong:
            return
        body[position] = wrong
        assert not ids.is_well_formed("".join(body), "")

    @given(st.integers(0, 9))
    def test_shows_two_swapped_neighbours(self, position: int) -> None:
        body = list(ids.new_number("").replace("-", ""))
        if body[position] == body[position + 1]:
            return
        body[position], body[position + 1] = body[position + 1], body[position]
        assert not ids.is_well_formed("".join(body), "")
