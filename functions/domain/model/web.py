"""What an HTTP check may ask for: which URLs, which addresses, which headers.

A check runs inside the account, so a URL is a way in: to what listens on loopback (Lambda's runtime
API does), to metadata services, to private networks.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# One strict form, read here alone: of two parsers, one may check what the other does not ask.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(?P<port>\d{1,5}))?"
    r"(?P<target>(?:/[a-z0-9._~:/@!$&'()*+,;=%-]*)?(?:\?[a-z0-9._~:/?@!$&'()*+,;=%\[\]-]*)?)",
    re.IGNORECASE,
)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x20-\x7e]{0,2000}")

# The request's own: they say where it goes and where it ends.
_OWN = frozenset(
    {"connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "upgrade",
     "transfer-encoding", "accept-encoding", "proxy-authorization", "proxy-connection"}
)  # fmt: skip

# What a parameter of the template may open. All else that is not public stays closed.
_PRIVATE = [
    ip_network(block)
    for block in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10",
        "::1/128", "fc00::/7",
    )
]  # fmt: skip
# The platform's own: metadata services, name servers, clocks, the endpoints of credentials.
_PLATFORM = ip_network("fd00:ec2::/32")
_METADATA = [ip_address(one) for one in ("169.254.169.254", "169.254.170.2", "fd00:ec2::254")]
_UNICAST = ip_network("2000::/3")
# Addresses of these carry an IPv4 address inside, as do others outside of _UNICAST.
_TUNNELS = [ip_network("2001::/32"), ip_network("2002::/16")]


def printable(url: str) -> str:
    """Leave out what may be secret in a URL, sound or not: credentials, query and fragment."""
    return re.split(r"[?#]", re.sub(r"//.*@", "//", url), maxsplit=1)[0]


class BadUrl(ValueError):  # noqa: N818 (an input's flaw, not a fault of ours)
    """Not a URL that a check may ask for, and why."""


@dataclass(frozen=True)
class Url:
    """A URL in parts: `host` is a name or a bare address, `target` the path with its query."""

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def of(cls, text: str) -> "Url":
        """Take a URL apart. Raises BadUrl, also for credentials and fragments."""
        if (match := _URL.fullmatch(text)) is None:
            raise BadUrl(
                "is not a URL like https://host:port/path?query, without credentials and fragment"
            )
        scheme, target = match["scheme"].lower(), match["target"]
        port = int(match["port"] or {"http": 80, "https": 443}[scheme])
        if not 1 <= port <= 65_535:
            raise BadUrl(f"has the port {port}; allowed: 1 to 65,535")
        host = match["host"].strip("[]").lower()
        return cls(scheme, host, port, target if target.startswith("/") else f"/{target}")

    @property
    def authority(self) -> str:
        """Host and port, as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme] == self.port
        return host if usual else f"{host}:{self.port}"


@dataclass(frozen=True)
class Web:
    """What this stack's parameters open to HTTP checks: by default public addresses, by https."""

    plain: bool = False
    private: bool = False

    def require(self, url: Url) -> None:
        """Raise BadUrl for what can be seen to be closed without resolving a name."""
        if url.scheme == "http" and not self.plain:
            raise BadUrl("is not https; the stack's parameter AllowPlainHttp opens http")
        try:
            address = str(ip_address(url.host))
        except ValueError:
            return
        self.require_address(address)

    def require_address(self, text: str) -> None:
        """Raise BadUrl for an address that is not for checks to reach."""
        kind = _kind(ip_address(text.partition("%")[0]))
        if kind is None or (kind == "private" and self.private):
            return
        hint = "; the stack's parameter AllowPrivateAddresses opens it" if kind == "private" else ""
        raise BadUrl(f"leads to {text}, which is {kind}{hint}")


def _kind(address: IPv4Address | IPv6Address) -> str | None:
    """Say why the address is not for everybody; None where it is public.

    What Python calls global has changed with its versions, so that it does not decide alone.
    """
    if address in _METADATA:
        return "a metadata service"
    if address in _PLATFORM:
        return "the platform's own"
    if any(address in network for network in _PRIVATE):
        return "private"
    for kind in ("unspecified", "link_local", "multicast"):
        if getattr(address, f"is_{kind}"):
            return kind.replace("_", "-")
    if address.version == 6 and (
        address not in _UNICAST or any(address in network for network in _TUNNELS)
    ):
        return "no plain IPv6 address"
    return None if address.is_global else "not public"


def flaw_of_header(name: str, value: str) -> str | None:
    """Say why a header cannot be sent, such as one that would end the line and begin another."""
    if not _HEADER.fullmatch(name):
        return "is not a header's name"
    if name.lower() in _OWN:
        return "is set by the request itself"
    if not _VALUE.fullmatch(value):
        return "has a value with control or non-ASCII characters, or more than 2,000"
    return None
