"""Where webhooks may go: public addresses only, checked when registered and again at each call.

A name is resolved once for a call, and the call goes to the very address that was checked, so that
a name which answers differently the second time leads nowhere else.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from marketplace.endpoints.errors import AddressRefused
from marketplace.language import Text

LONGEST = 1000
_TLS = 443
_FIRST_FREE_PORT = 1024

# Everything that IANA's special-purpose registries keep from the public Internet.
_CLOSED_4 = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Only global unicast is open, which leaves out mapped and translated (NAT64) addresses, unique
# local, link-local and multicast ones; within it, what carries an IPv4 address or is for documents.
_OPEN_6 = ip_network("2000::/3")
_CLOSED_6 = tuple(
    ip_network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)

# What the log keeps of a refusal.
UNKNOWN, PRIVATE = "AddressUnknown", "AddressPrivate"
_UNREADABLE = Text(
    "请填写完整的 https 地址，包括域名和路径",
    "Enter a whole https address, such as https://shop.example.com/hooks",
)
_NOT_SECURE = Text("地址要以 https:// 开头", "The address has to begin with https://")
_WITH_PASSWORD = Text(
    "地址里不要写用户名和密码，请用签名核对来源",
    "Leave user name and password out of the address; the signature tells who sends",
)
_PORT = Text("端口请用 443，或 1024 以上", "Use port 443, or one from 1024 on")
_UNKNOWN = Text("查不到这个域名，请检查拼写", "This host name is not known; check its spelling")
_NOT_PUBLIC = Text(
    "这个地址指向内部网络，推送只发往公网地址",
    "This address leads into a private network; deliveries go to public ones only",
)


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart: whom to call, and what to ask for."""

    is_secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (_TLS if self.is_secure else 80) else f"{host}:{self.port}"


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, as the system knows them; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public Internet."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return not any(ip in block for block in _CLOSED_4)
    return ip in _OPEN_6 and not any(ip in block for block in _CLOSED_6)


def _is_loopback(address: str) -> bool:
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    return ip.is_loopback


def read_target(url: str, *, loopback: bool = False) -> Target:
    """Take an address apart; raises AddressRefused for one that nothing is ever sent to.

    ``loopback``: this machine's own addresses are fine, without TLS too (development only).
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode().rstrip(".")
        port = parts.port
    except (ValueError, UnicodeError):
        raise AddressRefused(_UNREADABLE) from None
    if not host or len(url) > LONGEST or parts.fragment or not url.isprintable() or " " in url:
        raise AddressRefused(_UNREADABLE)
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        raise AddressRefused(_NOT_SECURE)
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(_WITH_PASSWORD)
    is_secure = parts.scheme == "https"
    port = port or (_TLS if is_secure else 80)
    if port != _TLS and port < _FIRST_FREE_PORT and is_secure:
        raise AddressRefused(_PORT)
    path = parts.path or "/"
    if not path.isascii() or not parts.query.isascii():
        raise AddressRefused(_UNREADABLE)
    return Target(is_secure, host, port, f"{path}?{parts.query}" if parts.query else path)


def checked_addresses(target: Target, *, loopback: bool = False) -> list[str]:
    """Resolve a target once and return its addresses if every one may be called.

    Raises AddressRefused. Never inside a transaction: it asks name servers.
    """
    try:
        found = resolve(target.host, target.port)
    except (OSError, UnicodeError):
        raise AddressRefused(_UNKNOWN, UNKNOWN) from None
    if not found:
        raise AddressRefused(_UNKNOWN, UNKNOWN)
    if loopback and all(_is_loopback(address) for address in found):
        return found
    if not target.is_secure:
        raise AddressRefused(_NOT_SECURE)
    # One private address among public ones is as good as none public: the caller cannot know
    # which of them is meant.
    if not all(is_public(address) for address in found):
        raise AddressRefused(_NOT_PUBLIC, PRIVATE)
    return found
