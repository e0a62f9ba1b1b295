"""The diagram of pairings: what stands where."""

from products.storefront.flow import BAND, Link, draw


class TestDraw:
    def test_a_region_with_two_pairings_has_a_post_twice_as_high(self) -> None:
        flow = draw([Link(west="新和县", east="丽水市"), Link(west="泸州市", east="丽水市")])
        assert [post.height for post in flow.west] == [BAND, BAND]
        assert [post.height for post in flow.east] == [2 * BAND]

    def test_bands_at_one_post_do_not_lie_on_each_other(self) -> None:
        flow = draw([Link(west="新和县", east="丽水市"), Link(west="泸州市", east="丽水市")])
        ends = [float(band.path.rsplit(" ", 1)[1]) for band in flow.bands]
        assert ends[1] - ends[0] == BAND

    def test_every_post_stands_inside_the_picture(self) -> None:
        links = [Link(west=f"西{n}", east=f"东{n % 3}") for n in range(8)]
        flow = draw(links)
        assert all(post.y + post.height <= flow.height for post in flow.west + flow.east)

    def test_no_pairing_draws_nothing(self) -> None:
        flow = draw([])
        assert flow.bands == []
