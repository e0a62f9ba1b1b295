"""Webhooks reach public addresses only, whatever a name says today, and nothing else by a detour."""

import pytest

from marketplace.endpoints import addresses, posting, wording
from marketplace.endpoints.addresses import checked_addresses, is_public, read_target
from marketplace.endpoints.errors import AddressRefused

PRIVATE = [
    "0.0.0.1", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.255.1",
    "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1",
    "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "5f00::1",
]  # fmt: skip


class TestIsPublic:
    @pytest.mark.parametrize("address", PRIVATE)
    def test_refuses_what_is_not_of_the_public_internet(self, address: str) -> None:
        assert not is_public(address)

    @pytest.mark.parametrize("address", ["8.8.8.8", "223.5.5.5", "2400:3200::1", "2606:4700::1"])
    def test_takes_public_ones(self, address: str) -> None:
        assert is_public(address)


class TestReadTarget:
    @pytest.mark.parametrize(
        "url",
        [
            "http://shop.example.com/", "ftp://shop.example.com/", "https://", "javascript:alert(1)",
            "https://user:word@shop.example.com/", "https://shop.example.com:25/",
            "https://shop.example.com:70000/", "https://shop.example.com/#part", "//shop.example.com",
            "https://shop.example.com/a b", "https://shop.example.com/\r\nX: 1", "https://[::1",
            "https://shop.example.com/店", f"https://{'a' * 300}.example.com/", "file:///etc/passwd",
        ],
    )  # fmt: skip
    def test_refuses_what_nothing_is_sent_to(self, url: str) -> None:
        with pytest.raises(AddressRefused):
            read_target(url)

    def test_takes_an_address_apart(self) -> None:
        target = read_target("https://商城.example.com:8443/hooks?from=1")
        assert target.host == "xn--czru2d.example.com"
        assert (target.port, target.path) == (8443, "/hooks?from=1")
        assert target.authority == "xn--czru2d.example.com:8443"


class TestCheckedAddresses:
    @pytest.mark.parametrize(
        "found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["2606:4700::1", "::ffff:10.0.0.1"], []]
    )
    def test_refuses_a_name_that_leads_into_a_private_network(
        self, monkeypatch: pytest.MonkeyPatch, found: list[str]
    ) -> None:
        monkeypatch.setattr(addresses, "resolve", lambda host, port: found)
        with pytest.raises(AddressRefused):
            checked_addresses(read_target("https://shop.example.com/"))

    @pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1", "[::1]", "localhost"])
    def test_is_not_fooled_by_another_spelling_of_this_machine(self, host: str) -> None:
        with pytest.raises(AddressRefused):
            checked_addresses(read_target(f"https://{host}/"))

    def test_a_name_that_answers_otherwise_at_the_call_leads_nowhere(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers = iter([["8.8.8.8"], ["127.0.0.1"]])
        monkeypatch.setattr(addresses, "resolve", lambda host, port: next(answers))

        def connect(*_: object, **__: object) -> None:
            raise AssertionError("somebody was called")

        monkeypatch.setattr(posting.socket, "create_connection", connect)
        assert checked_addresses(read_target("https://shop.example.com/")) == ["8.8.8.8"]
        outcome = posting.post("https://shop.example.com/", b"{}", {})
        assert (outcome.status, outcome.failure) == (None, addresses.PRIVATE)
        assert "内部网络" in wording.FAILURES[addresses.PRIVATE].zh

    @pytest.mark.parametrize(
        "host",
        ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "①②⑦.0.0.1",
         "127。0。0。1", "localhost.", "0", "167772161"],
    )  # fmt: skip
    def test_is_not_misled_by_another_spelling_of_a_private_address(self, host: str) -> None:
        with pytest.raises(AddressRefused) as refused:
            checked_addresses(read_target(f"https://{host}/"))
        assert refused.value.failure == addresses.PRIVATE
